%% @doc A process for one connection: it plays a poem's schedule from the accept
%% on (the slow server of seed part 16).
%%
%% Chunks are due at absolute times, so a late chunk does not delay the next. With
%% `nowait' the module `socket' says how many bytes the kernel took, and the rest
%% waits here. A gen_tcp socket would queue the rest itself and report it as sent.
-module(slow_connection).
-behaviour(gen_server).

-export([start_link/4, play/3]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).
-export_type([poem/0]).

-type poem() :: {binary(), poetry_schedule:schedule()}.

-record(state, {
    log :: pid(),
    server :: pos_integer(),
    conn :: pos_integer(),
    socket :: socket:socket() | undefined,
    accepted = 0 :: poetry_clock:nanoseconds(),
    schedule :: poetry_schedule:schedule(),
    unsent :: binary(),             % the rest of the poem, not yet due
    waiting = <<>> :: binary(),     % bytes that were due, but not yet taken by the kernel
    taken = 0 :: non_neg_integer(), % how many bytes the kernel took
    ending :: close | fin | stall | undefined, % happens when no bytes are waiting
    half_closed = false :: boolean(), % the client has ended its side
    over = false :: boolean(),        % nothing more is sent: the client must hang up
    reading :: socket:select_handle() | undefined,
    writing :: socket:select_handle() | undefined
}).
-type state() :: #state{}.
-type next() :: {noreply, state()} | {stop, normal, state()}.
-type sent() :: {ok, state()} | {hang_up, state()}.

%% @doc Starts the process for connection `Conn' of server `Server', both
%% counted from 1. It waits for play/3.
-spec start_link(pid(), pos_integer(), poem(), pos_integer()) -> {ok, pid()}.
start_link(Log, Server, Poem, Conn) ->
    gen_server:start_link(?MODULE, {Log, Server, Poem, Conn}, []).

%% @doc Hands over the socket, which the caller must own. The schedule's times
%% count from `Accepted'.
-spec play(pid(), socket:socket(), poetry_clock:nanoseconds()) -> ok.
play(Connection, Socket, Accepted) ->
    ok = socket:setopt(Socket, {otp, controlling_process}, Connection),
    gen_server:cast(Connection, {play, Socket, Accepted}).

-spec init({pid(), pos_integer(), poem(), pos_integer()}) -> {ok, state()}.
init({Log, Server, {Poem, Schedule}, Conn}) ->
    %% So that terminate/2 is called when the supervisor ends this process.
    process_flag(trap_exit, true),
    {ok, #state{log = Log, server = Server, conn = Conn, schedule = Schedule, unsent = Poem}}.

-spec handle_call(term(), gen_server:from(), state()) -> {noreply, state()}.
handle_call(_, _From, State) ->
    {noreply, State}.

-spec handle_cast({play, socket:socket(), poetry_clock:nanoseconds()}, state()) -> next().
handle_cast({play, Socket, Accepted}, State) ->
    %% Each chunk is sent at once, in a segment of its own. This fails if the
    %% client is already gone; reading will notice that.
    _ = socket:setopt(Socket, {tcp, nodelay}, true),
    record(Accepted, {accept, peer(Socket)}, State),
    self() ! read,
    perform(State#state{socket = Socket, accepted = Accepted}).

-spec handle_info(term(), state()) -> next().
handle_info({timeout, _Timer, perform}, State) ->
    perform(State);
handle_info(read, State) ->
    read(State);
handle_info({'$socket', Socket, select, Reading}, #state{socket = Socket, reading = Reading} = State) ->
    read(State);
handle_info({'$socket', Socket, select, Writing}, #state{socket = Socket, writing = Writing} = State) ->
    send_waiting(State);
handle_info(_, State) ->
    {noreply, State}.

%% When the stage is closed, an open connection is reset.
-spec terminate(term(), state()) -> term().
terminate(shutdown, #state{socket = Socket} = State) when Socket =/= undefined ->
    finish(reset, State);
terminate(_, _) ->
    ok.

%% Performs all acts that are due.
-spec perform(state()) -> next().
perform(#state{schedule = [{At, Act} | Schedule], accepted = Accepted} = State) ->
    Due = Accepted + At,
    case Due - poetry_clock:now() of
        Wait when Wait > 0 ->
            _ = poetry_clock:timer(Wait, perform),
            {noreply, State};
        _ ->
            act(Act, Due, State#state{schedule = Schedule})
    end;
perform(#state{schedule = []} = State) ->
    {noreply, State}.

-spec act({send, pos_integer()} | poetry_schedule:ending(), poetry_clock:nanoseconds(), state()) -> next().
act({send, Size}, Due, #state{unsent = Unsent, waiting = Waiting} = State) ->
    <<Chunk:Size/binary, Rest/binary>> = Unsent,
    continue(send(Chunk, Due, State#state{unsent = Rest}, Waiting), fun perform/1);
act(reset, _Due, State) ->
    finish(reset, State);
act(Ending, _Due, State) ->
    end_when_sent(State#state{ending = Ending}).

%% Closes, ends the server's side or stalls, if that is due and no bytes are waiting.
-spec end_when_sent(state()) -> next().
end_when_sent(#state{ending = close, waiting = <<>>} = State) ->
    finish(close, State);
end_when_sent(#state{ending = fin, waiting = <<>>, socket = Socket} = State) ->
    record(poetry_clock:now(), fin, State),
    %% This fails if the client has broken the connection; reading will notice that.
    _ = socket:shutdown(Socket, write),
    say_no_more(State);
end_when_sent(#state{ending = stall, waiting = <<>>} = State) ->
    say_no_more(State);
end_when_sent(State) ->
    {noreply, State}.

-spec say_no_more(state()) -> next().
say_no_more(#state{half_closed = true} = State) ->
    finish(hang_up, State);
say_no_more(State) ->
    {noreply, State#state{over = true}}.

%% If bytes are waiting, the chunk is added to them. Then the client decides when
%% it is sent, so it has no `due' in the log.
-spec send(binary(), poetry_clock:nanoseconds(), state(), Waiting :: binary()) -> sent().
send(Chunk, Due, State, <<>>) ->
    push(Chunk, Due, State);
send(Chunk, _Due, State, Waiting) ->
    {ok, State#state{waiting = <<Waiting/binary, Chunk/binary>>}}.

-spec send_waiting(state()) -> next().
send_waiting(#state{waiting = Waiting} = State) ->
    continue(push(Waiting, undefined, State), fun end_when_sent/1).

-spec continue(sent(), fun((state()) -> next())) -> next().
continue({ok, State}, Next) -> Next(State);
continue({hang_up, State}, _Next) -> finish(hang_up, State).

%% Gives bytes to the kernel and records how many it took.
-spec push(binary(), poetry_clock:nanoseconds() | undefined, state()) -> sent().
push(Bytes, Due, #state{socket = Socket} = State) ->
    %% The time is taken before the call: a fast client's report of a chunk must
    %% not be older than the record of the chunk.
    Time = poetry_clock:now(),
    case socket:send(Socket, Bytes, [], nowait) of
        ok ->
            {ok, taken(Time, Bytes, <<>>, Due, State)};
        {ok, Rest} ->
            push(Rest, undefined, taken(Time, Bytes, Rest, Due, State));
        {select, {{select_info, _, Writing}, Rest}} ->
            {ok, (taken(Time, Bytes, Rest, Due, State))#state{writing = Writing}};
        {select, {select_info, _, Writing}} ->
            {ok, State#state{waiting = Bytes, writing = Writing}};
        {error, _} ->
            {hang_up, State}
    end.

-spec taken(poetry_clock:nanoseconds(), binary(), binary(),
            poetry_clock:nanoseconds() | undefined, state()) -> state().
taken(_Time, Bytes, Rest, _Due, State) when byte_size(Bytes) =:= byte_size(Rest) ->
    State#state{waiting = Rest};
taken(Time, Bytes, Rest, Due, #state{taken = Start} = State) ->
    End = Start + byte_size(Bytes) - byte_size(Rest),
    record(Time, {send, Start, End, Due}, State),
    State#state{waiting = Rest, taken = End}.

%% The bytes that a client sends are ignored. But only by reading does the server
%% notice that the client has ended its side or broken the connection.
-spec read(state()) -> next().
read(#state{socket = Socket} = State) ->
    case socket:recv(Socket, 0, [], nowait) of
        {ok, _} ->
            %% Sent as a message: a client that never stops sending must not keep
            %% this process from its schedule.
            self() ! read,
            {noreply, State};
        {select, {select_info, _, Reading}} ->
            {noreply, State#state{reading = Reading}};
        {error, closed} when State#state.over ->
            %% The client may still be reading, but nothing more is sent.
            finish(hang_up, State);
        {error, closed} ->
            %% The client may still be reading: the schedule goes on.
            record(poetry_clock:now(), half_close, State),
            {noreply, State#state{half_closed = true}};
        {error, _} ->
            finish(hang_up, State)
    end.

%% Ends the connection, and with it this process.
-spec finish(close | reset | hang_up, state()) -> {stop, normal, state()}.
finish(Act, #state{socket = Socket} = State) ->
    record(poetry_clock:now(), Act, State),
    %% With a linger time of zero the client gets a reset instead of an orderly end.
    Act =:= reset andalso socket:setopt(Socket, {socket, linger}, #{onoff => true, linger => 0}),
    _ = socket:close(Socket),
    {stop, normal, State}.

-spec record(poetry_clock:nanoseconds(), send_record:act(), state()) -> ok.
record(Time, Act, #state{log = Log, server = Server, conn = Conn}) ->
    send_log:record(Log, {Time, Server, Conn, Act}).

-spec peer(socket:socket()) -> iodata().
peer(Socket) ->
    case socket:peername(Socket) of
        {ok, #{addr := Address, port := Port}} ->
            poetry_address:format({Address, Port});
        {error, _} ->
            "unknown"  % the client is already gone
    end.
