%% @doc A reader of poems for the tests of servers, on plain TCP.
-module(reader).

-export([connect/1, connect/2, fetch/1, read_all/1]).

%% @doc Connects to a port of 127.0.0.1; a reset is told from an end.
-spec connect(inet:port_number()) -> {ok, gen_tcp:socket()} | {error, inet:posix()}.
connect(Port) ->
    connect(Port, []).

-spec connect(inet:port_number(), [gen_tcp:connect_option()]) ->
    {ok, gen_tcp:socket()} | {error, inet:posix()}.
connect(Port, Options) ->
    gen_tcp:connect({127, 0, 0, 1}, Port,
                    [binary, {active, false}, {show_econnreset, true} | Options]).

%% @doc The poem served on a port.
-spec fetch(inet:port_number()) -> binary().
fetch(Port) ->
    {ok, Client} = connect(Port),
    read_all(Client).

%% @doc The rest of a poem, up to its orderly end.
-spec read_all(gen_tcp:socket()) -> binary().
read_all(Client) ->
    read_all(Client, []).

-spec read_all(gen_tcp:socket(), iolist()) -> binary().
read_all(Client, Poem) ->
    case gen_tcp:recv(Client, 0, 30000) of
        {ok, Bytes} ->
            read_all(Client, [Poem, Bytes]);
        {error, closed} ->
            ok = gen_tcp:close(Client),
            iolist_to_binary(Poem)
    end.
