%% @doc A timeout is a branch of `receive', taken after so many milliseconds
%% without the expected message. The process that works must be stopped as well.
-module(lesson_time_out).

-export([main/0]).

-define(PATIENCE_MS, 1000).

%% @doc Waits for two poems, at most one second for each.
-spec main() -> ok.
main() ->
    wait_for("quick", 0),
    wait_for("slow", 60_000).

-spec wait_for(string(), non_neg_integer()) -> ok.
wait_for(Name, Milliseconds) ->
    {Pid, Monitor} = spawn_monitor(fun() ->
        receive after Milliseconds -> exit({poem, Name}) end
    end),
    receive
        {'DOWN', Monitor, process, Pid, {poem, Poem}} ->
            io:format("got the ~s poem~n", [Poem])
    after ?PATIENCE_MS ->
        io:format("~s: time-out; it has ended: ~p~n",
                  [Name, not is_process_alive(Pid)]),
        exit(Pid, timeout),
        receive
            {'DOWN', Monitor, process, Pid, Reason} ->
                io:format("~s: it ended: ~p~n", [Name, Reason])
        end
    end.
