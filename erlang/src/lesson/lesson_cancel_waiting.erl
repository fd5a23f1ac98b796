%% @doc An exit signal cancels a process that waits: it ends at once, with the
%% signal's reason.
-module(lesson_cancel_waiting).

-export([main/0]).

%% @doc Cancels a process that waits for a poem.
-spec main() -> ok.
main() ->
    {Poem, Monitor} = spawn_monitor(fun() ->
        receive {poem, Text} -> io:format("got ~p~n", [Text]) end
    end),
    io:format("waiting; it has ended: ~p~n", [not is_process_alive(Poem)]),
    exit(Poem, cancelled),
    receive
        {'DOWN', Monitor, process, Poem, Reason} ->
            io:format("it ended: ~p~n", [Reason])
    end,
    io:format("sending it the poem~n"),
    Poem ! {poem, "slow poetry"},
    io:format("sent; it has ended: ~p~n", [not is_process_alive(Poem)]).
