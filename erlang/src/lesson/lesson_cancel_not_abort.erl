%% @doc Without a link the helper does not hear that its result is no longer
%% needed. It works on to its end, and the result is lost.
-module(lesson_cancel_not_abort).

-export([main/0]).

%% @doc Cancels the process that waits and monitors the one that works.
-spec main() -> ok.
main() ->
    Main = self(),
    {Waiting, Monitor} = spawn_monitor(fun() -> wait_for_poem(Main) end),
    Helper = receive {helper, Pid} -> Pid end,
    HelperMonitor = monitor(process, Helper),
    io:format("waiting~n"),
    exit(Waiting, cancelled),
    io:format("who waited ended: ~p~n", [reason(Monitor)]),
    io:format("the work goes on: ~p~n", [is_process_alive(Helper)]),
    Helper ! finish,
    io:format("who worked ended: ~p~n", [reason(HelperMonitor)]).

-spec reason(reference()) -> term().
reason(Monitor) ->
    receive {'DOWN', Monitor, process, _Pid, Reason} -> Reason end.

-spec wait_for_poem(pid()) -> ok.
wait_for_poem(Main) ->
    Waiting = self(),
    Main ! {helper, spawn(fun() -> work(Waiting) end)},
    receive {poem, Poem} -> io:format("got ~p~n", [Poem]) end.

-spec work(pid()) -> term().
work(Waiting) ->
    receive
        finish ->
            io:format("the work is done: sending the poem~n"),
            Waiting ! {poem, "slow poetry"}
    end.
