%% @doc A process for one port of a playbill: it accepts, and starts a process
%% for each connection. Where the server is to be down it only holds the port:
%% bound, but not listening, so that the kernel refuses and nobody else can
%% take it.
-module(slow_listener).
-behaviour(gen_server).

-export([start_link/5, port/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

%% A crowd of clients must not find the accept queue full.
-define(BACKLOG, 4096).
%% When no more files can be opened, accepting is tried again after this.
-define(RETRY_MS, 100).

-record(state, {
    socket :: socket:socket(),
    connections :: pid(),  % their supervisor
    server :: pos_integer(),
    poem :: slow_connection:poem() | down,
    accepted = 0 :: non_neg_integer(),
    select :: socket:select_handle() | undefined
}).
-type state() :: #state{}.

%% @doc Opens the port (0: any) of server `Server', counted from 1. Where it
%% cannot be had, the error is `{shutdown, Message}'.
-spec start_link(pid(), pos_integer(), Iface :: binary(), inet:port_number(),
                 slow_connection:poem() | down) -> gen_server:start_ret().
start_link(Connections, Server, Iface, Port, Poem) ->
    gen_server:start_link(?MODULE, {Connections, Server, Iface, Port, Poem}, []).

%% @doc The number of the port.
-spec port(pid()) -> inet:port_number().
port(Listener) ->
    gen_server:call(Listener, port).

-spec init({pid(), pos_integer(), binary(), inet:port_number(), slow_connection:poem() | down}) ->
    {ok, state()} | {stop, {shutdown, iodata()}}.
init({Connections, Server, Iface, Port, Poem}) ->
    %% So that terminate/2 is called when the supervisor ends us.
    process_flag(trap_exit, true),
    case open(Iface, Port, Poem) of
        {ok, Socket} ->
            _ = [self() ! accept || Poem =/= down],
            {ok, #state{socket = Socket, connections = Connections, server = Server, poem = Poem}};
        {error, Reason} ->
            {stop, {shutdown, ["cannot listen on ", Iface, $:, integer_to_list(Port), ": ", Reason]}}
    end.

-spec handle_info(term(), state()) -> {noreply, state()}.
handle_info(accept, State) ->
    {noreply, accept(State)};
handle_info({'$socket', Socket, select, Select}, #state{socket = Socket, select = Select} = State) ->
    {noreply, accept(State)};
handle_info(_, State) ->
    {noreply, State}.

-spec handle_call(port, gen_server:from(), state()) -> {reply, inet:port_number(), state()}.
handle_call(port, _From, #state{socket = Socket} = State) ->
    {ok, #{port := Port}} = socket:sockname(Socket),
    {reply, Port, State}.

-spec handle_cast(term(), state()) -> {noreply, state()}.
handle_cast(_, State) ->
    {noreply, State}.

%% The port must be free when the supervisor goes on.
-spec terminate(term(), state()) -> term().
terminate(_Reason, #state{socket = Socket}) ->
    socket:close(Socket).

-spec accept(state()) -> state().
accept(#state{socket = Listening} = State) ->
    case socket:accept(Listening, nowait) of
        {ok, Socket} ->
            %% The next one by mail: a rush of clients must not keep us from
            %% being asked, or ended.
            self() ! accept,
            start_connection(Socket, poetry_clock:now(), State);
        {select, {select_info, _, Select}} ->
            State#state{select = Select};
        {error, _} ->
            _ = erlang:send_after(?RETRY_MS, self(), accept),
            State
    end.

-spec start_connection(socket:socket(), poetry_clock:nanoseconds(), state()) -> state().
start_connection(Socket, Time, #state{connections = Connections, server = Server, poem = Poem,
                                      accepted = Before} = State) ->
    Conn = Before + 1,
    {ok, Connection} = slow_connection_sup:start_connection(Connections, Server, Poem, Conn),
    ok = slow_connection:play(Connection, Socket, Time),
    State#state{accepted = Conn}.

-spec open(binary(), inet:port_number(), slow_connection:poem() | down) ->
    {ok, socket:socket()} | {error, string()}.
open(Iface, Port, Poem) ->
    case inet:parse_strict_address(binary_to_list(Iface)) of
        {ok, Address} ->
            Family = case tuple_size(Address) of 4 -> inet; 8 -> inet6 end,
            {ok, Socket} = socket:open(Family, stream, tcp),
            case listen(Socket, #{family => Family, addr => Address, port => Port}, Poem) of
                ok -> {ok, Socket};
                {error, Reason} ->
                    _ = socket:close(Socket),
                    {error, inet:format_error(Reason)}
            end;
        {error, _} ->
            {error, "not an IP address"}
    end.

-spec listen(socket:socket(), socket:sockaddr_in() | socket:sockaddr_in6(),
             slow_connection:poem() | down) -> ok | {error, atom()}.
listen(Socket, Address, down) ->
    socket:bind(Socket, Address);
listen(Socket, Address, _Poem) ->
    %% A port stays usable while the kernel remembers its old connections.
    ok = socket:setopt(Socket, {socket, reuseaddr}, true),
    case socket:bind(Socket, Address) of
        ok -> socket:listen(Socket, ?BACKLOG);
        {error, _} = Error -> Error
    end.
