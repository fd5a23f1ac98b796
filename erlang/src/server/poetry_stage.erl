%% @doc All servers of a playbill, opened and closed together: it supervises the
%% listeners and the supervisor of their connections.
%%
%% A supervisor ends its children in reverse order of their start: first the
%% ports are closed, then the connections are reset. If a listener crashes, the
%% whole stage ends, and so does the process that opened it, because a run without
%% one of its servers proves nothing.
-module(poetry_stage).
-behaviour(supervisor).

-export([open/3, close/1, ports/1]).
-export([init/1]).
-export_type([server/0]).

%% A port (0: any), and what is served there.
-type server() :: {inet:port_number(), slow_connection:poem() | down}.

%% @doc Opens all servers. If one cannot be opened, none is, and the error says
%% why. The stage is linked to the caller.
-spec open(Iface :: binary(), [server()], Log :: pid()) -> {ok, pid()} | {error, iodata()}.
open(Iface, Servers, Log) ->
    {ok, Stage} = supervisor:start_link(?MODULE, []),
    {ok, Connections} = supervisor:start_child(Stage, connections(Log)),
    listen(lists:enumerate(Servers), Stage, Connections, Iface).

%% @doc The ports in the order of the playbill.
-spec ports(pid()) -> [inet:port_number()].
ports(Stage) ->
    Listeners = [{Id, Pid} || {Id, Pid, _, _} <- supervisor:which_children(Stage), is_integer(Id)],
    [slow_listener:port(Pid) || {_, Pid} <- lists:sort(Listeners)].

%% @doc Closes all ports and resets all open connections. When it returns, all
%% their records are in the log's mailbox.
-spec close(pid()) -> ok.
close(Stage) ->
    unlink(Stage),
    gen_server:stop(Stage, shutdown, infinity).

-spec init([]) -> {ok, {supervisor:sup_flags(), []}}.
init([]) ->
    {ok, {#{strategy => one_for_all, intensity => 0}, []}}.

-spec connections(pid()) -> supervisor:child_spec().
connections(Log) ->
    #{id => connections, start => {slow_connection_sup, start_link, [Log]}, type => supervisor}.

-spec listen([{pos_integer(), server()}], Stage :: pid(), Connections :: pid(), binary()) ->
    {ok, pid()} | {error, iodata()}.
listen([], Stage, _Connections, _Iface) ->
    {ok, Stage};
listen([{Number, {Port, Poem}} | Servers], Stage, Connections, Iface) ->
    Listener = #{id => Number,
                 start => {slow_listener, start_link, [Connections, Number, Iface, Port, Poem]}},
    case supervisor:start_child(Stage, Listener) of
        {ok, _} ->
            listen(Servers, Stage, Connections, Iface);
        {error, {{shutdown, Message}, _Child}} ->
            ok = close(Stage),
            {error, Message}
    end.
