%% @doc A process for one connection: plays a poem's schedule, from its accept.
%%
%% Chunks are due at absolute times, so that one late chunk does not push the
%% next. The `socket' module and its `nowait' tell the truth about sending:
%% what the kernel has taken, and what has to wait. A gen_tcp socket would queue
%% that rest by itself and call it sent. After the slow server of seed part 16.
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
    unsent :: binary(),             % of the poem, not yet due
    waiting = <<>> :: binary(),     % was due, not yet taken by the kernel
    taken = 0 :: non_neg_integer(), % bytes, by the kernel
    ending :: close | fin | stall | undefined, % is due once no bytes are waiting
    half_closed = false :: boolean(), % by the client
    over = false :: boolean(),        % nothing is to come: it is the client's turn to hang up
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

%% @doc Hands over the socket, which the caller must own, and when it was
%% accepted: the schedule's zero.
-spec play(pid(), socket:socket(), poetry_clock:nanoseconds()) -> ok.
play(Connection, Socket, Accepted) ->
    ok = socket:setopt(Socket, {otp, controlling_process}, Connection),
    gen_server:cast(Connection, {play, Socket, Accepted}).

-spec init({pid(), pos_integer(), poem(), pos_integer()}) -> {ok, state()}.
init({Log, Server, {Poem, Schedule}, Conn}) ->
    %% So that terminate/2 is called when the supervisor ends us.
    process_flag(trap_exit, true),
    {ok, #state{log = Log, server = Server, conn = Conn, schedule = Schedule, unsent = Poem}}.

-spec handle_call(term(), gen_server:from(), state()) -> {noreply, state()}.
handle_call(_, _From, State) ->
    {noreply, State}.

-spec handle_cast({play, socket:socket(), poetry_clock:nanoseconds()}, state()) -> next().
handle_cast({play, Socket, Accepted}, State) ->
    %% A chunk is a segment, not a part of one. A client that is gone already
    %% is no reason to fail.
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

%% Ended with its stage: whatever is left of the schedule, it is a reset.
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

%% Closes, ends our side or stalls, if that is due and all bytes have left.
-spec end_when_sent(state()) -> next().
end_when_sent(#state{ending = close, waiting = <<>>} = State) ->
    finish(close, State);
end_when_sent(#state{ending = fin, waiting = <<>>, socket = Socket} = State) ->
    record(poetry_clock:now(), fin, State),
    %% It fails where the client has broken the connection: reading tells.
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

%% Where bytes are waiting, a chunk joins them: how late it is sent is then up
%% to the client, so it has no `due' in the log.
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
    %% Stamped before: a quick client's report must never seem older than what
    %% it reports.
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

%% What a client says is of no interest; that it has ended its side, or broken
%% the connection, is told by reading alone.
-spec read(state()) -> next().
read(#state{socket = Socket} = State) ->
    case socket:recv(Socket, 0, [], nowait) of
        {ok, _} ->
            %% By mail: a client that never stops talking must not keep us from
            %% our schedule.
            self() ! read,
            {noreply, State};
        {select, {select_info, _, Reading}} ->
            {noreply, State#state{reading = Reading}};
        {error, closed} when State#state.over ->
            %% It may still be reading, but there is nothing to come.
            finish(hang_up, State);
        {error, closed} ->
            %% It may still be reading: the schedule goes on.
            record(poetry_clock:now(), half_close, State),
            {noreply, State#state{half_closed = true}};
        {error, _} ->
            finish(hang_up, State)
    end.

%% Ends the connection, and with it this process.
-spec finish(close | reset | hang_up, state()) -> {stop, normal, state()}.
finish(Act, #state{socket = Socket} = State) ->
    record(poetry_clock:now(), Act, State),
    %% Closed without lingering: the client gets a reset instead of an end.
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
            [inet:ntoa(Address), $:, integer_to_list(Port)];
        {error, _} ->
            "unknown"  % gone already
    end.
