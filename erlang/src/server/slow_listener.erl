%% @doc A process for one port of a playbill: it accepts connections and starts a
%% process for each. For a server that is down it only reserves the port: the socket
%% is bound but does not listen, so the kernel refuses every connection, and no
%% other program can take the port.
-module(slow_listener).
-behaviour(gen_server).

-export([start_link/5, port/1]).
-export([init/1, handle_continue/2, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

%% Many clients at once must not find the accept queue full.
-define(BACKLOG, 4096).
%% When the limit of open files is reached, accept is retried after this time.
-define(RETRY_MS, 100).

-record(state, {
    socket :: socket:socket(),
    connections :: pid(),  % the supervisor of the connections
    server :: pos_integer(),
    poem :: slow_connection:poem() | down,
    accepted = 0 :: non_neg_integer(),
    select :: socket:select_handle() | undefined
}).
-type state() :: #state{}.

%% @doc Opens the port (0: any free port) of server number `Server', counted from
%% 1. If it cannot be opened, the error is `{shutdown, Message}'.
-spec start_link(pid(), pos_integer(), Iface :: binary(), inet:port_number(),
                 slow_connection:poem() | down) -> gen_server:start_ret().
start_link(Connections, Server, Iface, Port, Poem) ->
    gen_server:start_link(?MODULE, {Connections, Server, Iface, Port, Poem}, []).

%% @doc The number of the port.
-spec port(pid()) -> inet:port_number().
port(Listener) ->
    gen_server:call(Listener, port).

-spec init({pid(), pos_integer(), binary(), inet:port_number(), slow_connection:poem() | down}) ->
    {ok, state()} | {ok, state(), {continue, accept}} | {stop, {shutdown, iodata()}}.
init({Connections, Server, Iface, Port, Poem}) ->
    %% So that terminate/2 is called when the supervisor ends this process.
    process_flag(trap_exit, true),
    case open(Iface, Port, Poem) of
        {ok, Socket} ->
            State = #state{socket = Socket, connections = Connections, server = Server, poem = Poem},
            case Poem of
                down -> {ok, State};
                _ -> {ok, State, {continue, accept}}
            end;
        {error, Reason} ->
            {stop, {shutdown, ["cannot listen on ", poetry_address:format({Iface, Port}), ": ", Reason]}}
    end.

-spec handle_continue(accept, state()) -> {noreply, state()}.
handle_continue(accept, State) ->
    {noreply, accept(State)}.

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

%% When the supervisor goes on, the port must be free.
-spec terminate(term(), state()) -> term().
terminate(_Reason, #state{socket = Socket}) ->
    socket:close(Socket).

-spec accept(state()) -> state().
accept(#state{socket = Listening} = State) ->
    case socket:accept(Listening, nowait) of
        {ok, Socket} ->
            %% The next accept is requested by a message: many clients at once must
            %% not keep this process from answering a call or from being stopped.
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
    %% The port can be used again although the kernel remembers old connections.
    ok = socket:setopt(Socket, {socket, reuseaddr}, true),
    case socket:bind(Socket, Address) of
        ok -> socket:listen(Socket, ?BACKLOG);
        {error, _} = Error -> Error
    end.
