%% @doc To wait for many processes is to count their 'DOWN' messages: a monitor
%% tells of every end, whichever it is, exactly once.
-module(lesson_wait_for_many).

-export([main/0]).

%% @doc Waits for three poems that come one after another.
-spec main() -> ok.
main() ->
    Poems = [{Name, spawn_monitor(fun() -> get_poem(Name) end)}
             || Name <- ["ecstasy", "fog", "science"]],
    Waiting = [Monitor || {_, {_, Monitor}} <- Poems],
    wait(Poems, Waiting).

%% A poem that comes when it is told to.
-spec get_poem(string()) -> no_return().
get_poem(Name) ->
    receive come -> exit({poem, Name}) end.

-spec wait([{string(), {pid(), reference()}}], [reference()]) -> ok.
wait([], []) ->
    io:format("all have come~n");
wait([{Name, {Pid, _}} | Poems], Waiting) ->
    io:format("~s comes; waiting for ~b~n", [Name, length(Waiting)]),
    Pid ! come,
    receive
        {'DOWN', Monitor, process, Pid, {poem, Poem}} ->
            Rest = lists:delete(Monitor, Waiting),
            io:format("~s has come; waiting for ~b~n", [Poem, length(Rest)]),
            wait(Poems, Rest)
    end.
