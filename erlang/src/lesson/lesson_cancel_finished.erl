%% @doc An exit signal to a process that has ended has no effect. The messages
%% that it sent before stay in the mailbox of the receiver.
-module(lesson_cancel_finished).

-export([main/0]).

%% @doc Lets a process finish, then cancels it.
-spec main() -> ok.
main() ->
    Main = self(),
    {Poem, Monitor} = spawn_monitor(fun() -> Main ! {poem, "a poem"} end),
    receive
        {'DOWN', Monitor, process, Poem, Reason} ->
            io:format("it ended: ~p~n", [Reason])
    end,
    io:format("cancelled: ~p~n", [exit(Poem, cancelled)]),
    receive
        {poem, Text} -> io:format("got ~p~n", [Text])
    after 0 ->
        io:format("got nothing~n")
    end,
    After = monitor(process, Poem),
    receive
        {'DOWN', After, process, Poem, Now} ->
            io:format("asked again: ~p~n", [Now])
    end.
