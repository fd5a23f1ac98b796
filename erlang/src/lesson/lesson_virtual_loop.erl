%% @doc A process that waits in `receive' is a loop that is paused and resumed
%% from outside. Its local variables keep its state, and it uses no CPU time while
%% it waits.
-module(lesson_virtual_loop).

-export([main/0]).

%% @doc Resumes the loop with messages, step by step, until it ends.
-spec main() -> ok.
main() ->
    Chunks = ["slow ", "poetry ", "lab"],
    {Loop, Monitor} = spawn_monitor(fun() -> collect(Chunks, "") end),
    drive(Loop, Monitor, 0).

%% Collects the poem chunk by chunk, and pauses in each round.
-spec collect([string()], string()) -> ok.
collect(Chunks, Poem) ->
    receive
        {next, Driver} ->
            io:format("  loop: goes on with \"~s\"~n", [Poem]),
            step(Chunks, Poem, Driver)
    end.

-spec step([string()], string(), pid()) -> ok.
step([], _Poem, _Driver) ->
    io:format("  loop: ends~n");
step([Chunk | Chunks], Poem, Driver) ->
    More = Poem ++ Chunk,
    io:format("  loop: pauses with \"~s\"~n", [More]),
    Driver ! {poem, More},
    collect(Chunks, More).

-spec drive(pid(), reference(), non_neg_integer()) -> ok.
drive(Loop, Monitor, Steps) ->
    Loop ! {next, self()},
    receive
        {poem, Poem} ->
            io:format("driver: step ~b gave ~b characters~n",
                      [Steps + 1, length(Poem)]),
            drive(Loop, Monitor, Steps + 1);
        {'DOWN', Monitor, process, Loop, Reason} ->
            io:format("driver: the loop has ended after ~b steps: ~p~n",
                      [Steps, Reason])
    end.
