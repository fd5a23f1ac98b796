%% @doc If one of two linked processes fails, the other ends too. So cancelling
%% the outer process, which waits for the inner one, cancels both.
-module(lesson_cancel_inner).

-export([main/0]).

%% @doc Cancels an outer process while it waits for an inner one.
-spec main() -> ok.
main() ->
    Main = self(),
    {Outer, OuterMonitor} = spawn_monitor(fun() -> outer(Main) end),
    Inner = receive {inner, Pid} -> Pid end,
    InnerMonitor = monitor(process, Inner),
    io:format("ended: outer ~p, inner ~p~n",
              [ended(Outer), ended(Inner)]),
    io:format("cancelling the outer process~n"),
    exit(Outer, cancelled),
    io:format("outer: ~p~n", [reason(OuterMonitor)]),
    io:format("inner: ~p~n", [reason(InnerMonitor)]),
    io:format("ended: outer ~p, inner ~p~n",
              [ended(Outer), ended(Inner)]).

-spec outer(pid()) -> ok.
outer(Main) ->
    Outer = self(),
    Inner = spawn_link(fun() ->
        receive {poem, Poem} -> Outer ! {poem, Poem} end
    end),
    Main ! {inner, Inner},
    receive {poem, Poem} -> io:format("outer got ~p~n", [Poem]) end.

-spec reason(reference()) -> term().
reason(Monitor) ->
    receive {'DOWN', Monitor, process, _Pid, Reason} -> Reason end.

-spec ended(pid()) -> boolean().
ended(Pid) ->
    not is_process_alive(Pid).
