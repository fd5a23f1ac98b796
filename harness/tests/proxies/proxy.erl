#!/usr/bin/env escript
%% A solution of the exercise a-proxy in Erlang: for each address a process that
%% keeps the poem, and for each caller a process that serves it.
-mode(compile).

main(Addresses) ->
    Ports = [start(string:split(Address, ":")) || Address <- Addresses],
    io:format("listening~s~n", [[[" ", integer_to_list(Port)] || Port <- Ports]]),
    receive never -> ok end.

start([Host, Port]) ->
    {ok, Socket} = gen_tcp:listen(0, [binary, {ip, {127, 0, 0, 1}}, {active, false}, {backlog, 128}]),
    Keeper = spawn_link(fun() -> keep(none) end),
    spawn_link(fun() -> accept(Socket, Keeper, {Host, list_to_integer(Port)}) end),
    {ok, Own} = inet:port(Socket),
    Own.

keep(Kept) ->
    receive
        {ask, From} -> From ! {kept, Kept}, keep(Kept);
        {keep, Poem} -> keep({poem, Poem})
    end.

accept(Socket, Keeper, Address) ->
    {ok, Caller} = gen_tcp:accept(Socket),
    Server = spawn(fun() -> receive go -> serve(Caller, Keeper, Address) end end),
    ok = gen_tcp:controlling_process(Caller, Server),
    Server ! go,
    accept(Socket, Keeper, Address).

serve(Caller, Keeper, Address) ->
    Keeper ! {ask, self()},
    receive {kept, Kept} -> ok end,
    case poem(Kept, Keeper, Address) of
        {poem, Poem} -> ok = gen_tcp:send(Caller, Poem);
        error -> ok = inet:setopts(Caller, [{linger, {true, 0}}])
    end,
    ok = gen_tcp:close(Caller).

poem({poem, Poem}, _, _) -> {poem, Poem};
poem(none, Keeper, {Host, Port}) ->
    %% Without show_econnreset a reset looks like the end.
    case gen_tcp:connect(Host, Port, [binary, {active, false}, {show_econnreset, true}]) of
        {ok, Socket} ->
            Got = read(Socket, []),
            gen_tcp:close(Socket),
            case Got of
                {poem, Poem} -> Keeper ! {keep, Poem};
                error -> ok
            end,
            Got;
        {error, _} -> error
    end.

read(Socket, Pieces) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Piece} -> read(Socket, [Pieces, Piece]);
        {error, closed} -> {poem, iolist_to_binary(Pieces)};
        {error, _} -> error
    end.
