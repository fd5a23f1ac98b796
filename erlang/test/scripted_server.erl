%% @doc A poetry server for one connection that follows a script.
%%
%% It performs the steps in order after a client has connected: it sends bytes,
%% waits for resume/1 at a `pause', and ends the connection with a TCP reset at a
%% `reset'. At the end of the script it closes the connection.
-module(scripted_server).

-export([start/1, start/2, await_pause/1, resume/1, unused_port/0]).
-export_type([script/0]).

-type script() :: [iodata() | pause | reset].

%% @doc Starts a server on a free port of 127.0.0.1, for the calling process.
-spec start(script()) -> {Server :: pid(), inet:port_number()}.
start(Script) ->
    start(Script, {127, 0, 0, 1}).

%% @doc The same on a free port of another address.
-spec start(script(), inet:ip_address()) -> {Server :: pid(), inet:port_number()}.
start(Script, Ip) ->
    Test = self(),
    Server = spawn_link(fun() -> listen(Script, Ip, Test) end),
    receive
        {Server, listening, Port} -> {Server, Port}
    end.

%% @doc Waits until the server has reached a `pause'.
-spec await_pause(pid()) -> ok.
await_pause(Server) ->
    receive
        {Server, paused} -> ok
    end.

%% @doc Lets the server go on from its `pause', or from the next one it reaches.
-spec resume(pid()) -> ok.
resume(Server) ->
    Server ! resume,
    ok.

%% @doc Returns a port of 127.0.0.1 that refuses connections. No other program can
%% listen on it while the calling process lives.
-spec unused_port() -> inet:port_number().
unused_port() ->
    {ok, Held} = socket:open(inet, stream, tcp),
    ok = socket:bind(Held, #{family => inet, addr => {127, 0, 0, 1}, port => 0}),
    {ok, #{port := Port}} = socket:sockname(Held),
    %% Without a reference the garbage collector would close the socket.
    put({held, Port}, Held),
    Port.

-spec listen(script(), inet:ip_address(), pid()) -> ok.
listen(Script, Ip, Test) ->
    Family = case tuple_size(Ip) of 4 -> inet; 8 -> inet6 end,
    Options = [Family, binary, {active, false}, {nodelay, true}, {backlog, 128}, {ip, Ip}],
    {ok, Listener} = gen_tcp:listen(0, Options),
    {ok, Port} = inet:port(Listener),
    Test ! {self(), listening, Port},
    {ok, Socket} = gen_tcp:accept(Listener),
    follow(Script, Socket, Test).

-spec follow(script(), gen_tcp:socket(), pid()) -> ok.
follow([pause | Script], Socket, Test) ->
    Test ! {self(), paused},
    receive
        resume -> follow(Script, Socket, Test)
    end;
follow([reset | _], Socket, _Test) ->
    %% With a linger time of zero the client gets a reset instead of an orderly end.
    ok = inet:setopts(Socket, [{linger, {true, 0}}]),
    gen_tcp:close(Socket);
follow([Bytes | Script], Socket, Test) ->
    ok = gen_tcp:send(Socket, Bytes),
    follow(Script, Socket, Test);
follow([], Socket, _Test) ->
    gen_tcp:close(Socket).
