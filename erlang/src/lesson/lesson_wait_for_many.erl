%% @doc To wait for many processes, count their 'DOWN' messages: a monitor reports
%% the end of its process exactly once, whatever the reason.
-module(lesson_wait_for_many).

-export([main/0]).

%% @doc Waits for three poems that come one after another.
-spec main() -> ok.
main() ->
    %% Each poem comes when its process is told to send it.
    Poems = [{Name, spawn_monitor(fun() -> receive come -> exit({poem, Name}) end end)}
             || Name <- ["ecstasy", "fog", "science"]],
    Waiting = [Monitor || {_, {_, Monitor}} <- Poems],
    wait(Poems, Waiting).

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
