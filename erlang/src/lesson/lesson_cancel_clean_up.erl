%% @doc An exit signal ends a process at once, without running its `after'. A
%% process that traps exits gets the signal as a message instead, and can clean up
%% before it ends.
-module(lesson_cancel_clean_up).

-export([main/0]).

%% @doc Cancels a process that cannot clean up, and one that can.
-spec main() -> ok.
main() ->
    cancel("without trap_exit", false),
    cancel("with trap_exit", true).

-spec cancel(string(), boolean()) -> ok.
cancel(How, Trap) ->
    Main = self(),
    {Poem, Monitor} = spawn_monitor(fun() -> get_poem(Trap, Main) end),
    receive {Poem, waiting} -> io:format("~s: waiting~n", [How]) end,
    exit(Poem, cancelled),
    receive
        {'DOWN', Monitor, process, Poem, Reason} ->
            io:format("  it ended: ~p~n", [Reason])
    end.

-spec get_poem(boolean(), pid()) -> ok.
get_poem(Trap, Main) ->
    process_flag(trap_exit, Trap),
    Work = erlang:start_timer(60_000, self(), slow_poetry),
    Main ! {self(), waiting},
    try
        receive
            {timeout, Work, Poem} -> io:format("  got ~p~n", [Poem]);
            {'EXIT', Main, Reason} -> exit(Reason)
        end
    after
        io:format("  cleaning up; the work is due: ~p~n", [is_due(Work)]),
        _ = erlang:cancel_timer(Work),
        io:format("  cleaned up; the work is due: ~p~n", [is_due(Work)])
    end.

-spec is_due(reference()) -> boolean().
is_due(Timer) ->
    erlang:read_timer(Timer) =/= false.
