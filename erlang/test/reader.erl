%% @doc A simple TCP client that reads poems in the tests of the servers.
-module(reader).

-export([connect/1, connect/2, fetch/1, read_all/1]).

%% @doc Connects to a port of 127.0.0.1. A reset is an error of its own, not an end.
-spec connect(inet:port_number()) -> {ok, gen_tcp:socket()} | {error, inet:posix()}.
connect(Port) ->
    connect(Port, []).

-spec connect(inet:port_number(), [gen_tcp:connect_option()]) ->
    {ok, gen_tcp:socket()} | {error, inet:posix()}.
connect(Port, Options) ->
    gen_tcp:connect({127, 0, 0, 1}, Port,
                    [binary, {active, false}, {show_econnreset, true} | Options]).

%% @doc Returns the poem that is served on a port.
-spec fetch(inet:port_number()) -> binary().
fetch(Port) ->
    {ok, Client} = connect(Port),
    read_all(Client).

%% @doc Returns the rest of a poem, which must end with an orderly close.
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
