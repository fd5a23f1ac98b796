%% @doc If one process fails, the others go on. The process that monitors them
%% gets the reason in a 'DOWN' message, just like the results of the others.
-module(lesson_one_of_many_fails).

-export([main/0]).

%% @doc Lets the second of three processes fail before the other poems have come.
-spec main() -> ok.
main() ->
    [_, {Second, Failing}, _] = Poems =
        [spawn_monitor(fun() -> receive {'end', Reason} -> exit(Reason) end end)
         || _ <- ["ecstasy", "fog", "science"]],
    Second ! {'end', no_such_server},
    Failure = reason(Failing),
    Alive = [is_process_alive(Pid) || {Pid, _} <- Poems],
    io:format("one has failed; still at work: ~p~n", [Alive]),
    [First, _, Third] = [Pid || {Pid, _} <- Poems],
    First ! {'end', {poem, "ecstasy"}},
    Third ! {'end', {poem, "science"}},
    [{_, One}, _, {_, Three}] = Poems,
    show(1, reason(One)),
    show(2, Failure),
    show(3, reason(Three)).

-spec reason(reference()) -> term().
reason(Monitor) ->
    receive {'DOWN', Monitor, process, _Pid, Reason} -> Reason end.

-spec show(pos_integer(), term()) -> ok.
show(Number, {poem, Poem}) -> io:format("  ~b: came, ~p~n", [Number, Poem]);
show(Number, Reason) -> io:format("  ~b: failed, ~p~n", [Number, Reason]).
