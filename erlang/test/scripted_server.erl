%% @doc A poetry server for one connection that does exactly what it is told.
%%
%% The steps of its script are done in order once a client has connected:
%% bytes are sent, `pause' waits for resume/1, `reset' ends the connection with
%% a TCP reset. A script that runs out ends it in an orderly way.
-module(scripted_server).

-export([start/1, await_pause/1, resume/1, unused_port/0]).
-export_type([script/0]).

-type script() :: [iodata() | pause | reset].

%% @doc Starts a server on a free port of 127.0.0.1, for the calling process.
-spec start(script()) -> {Server :: pid(), inet:port_number()}.
start(Script) ->
    Test = self(),
    Server = spawn_link(fun() -> listen(Script, Test) end),
    receive
        {Server, listening, Port} -> {Server, Port}
    end.

%% @doc Waits until the server has come to a `pause'.
-spec await_pause(pid()) -> ok.
await_pause(Server) ->
    receive
        {Server, paused} -> ok
    end.

%% @doc Sends the server on from its `pause', or from the one it will come to.
-spec resume(pid()) -> ok.
resume(Server) ->
    Server ! resume,
    ok.

%% @doc A port of 127.0.0.1 that nobody listens on, or can, while the calling
%% process lives.
-spec unused_port() -> inet:port_number().
unused_port() ->
    {ok, Held} = socket:open(inet, stream, tcp),
    ok = socket:bind(Held, #{family => inet, addr => {127, 0, 0, 1}, port => 0}),
    {ok, #{port := Port}} = socket:sockname(Held),
    %% Else it would be closed as soon as it is collected.
    put({held, Port}, Held),
    Port.

-spec listen(script(), pid()) -> ok.
listen(Script, Test) ->
    Options = [binary, {active, false}, {nodelay, true}, {backlog, 128}, {ip, {127, 0, 0, 1}}],
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
    %% Closed without lingering: the client gets a reset instead of an end.
    ok = inet:setopts(Socket, [{linger, {true, 0}}]),
    gen_tcp:close(Socket);
follow([Bytes | Script], Socket, Test) ->
    ok = gen_tcp:send(Socket, Bytes),
    follow(Script, Socket, Test);
follow([], Socket, _Test) ->
    gen_tcp:close(Socket).
