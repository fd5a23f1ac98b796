%% @doc The lab's servers. Commands on standard input open and close playbills;
%% each is one line, and gets an answer of one line on standard output.
%%
%% The words of a line are separated by tabs. The answer to `open PLAYBILL LOG' is
%% `listening PORT ...', with the ports in the playbill's order, or `error
%% MESSAGE'. The answer to `close' is `closed' when the send log is complete, or
%% `error MESSAGE'. The process ends when standard input ends.
-module(poetry_control).
-behaviour(gen_server).

-export([start/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-record(state, {
    input :: port(),
    output :: port(),
    line = <<>> :: binary(),  % the beginning of the next line
    open :: {Stage :: pid(), Log :: pid()} | undefined
}).
-type state() :: #state{}.
-type answer() :: {ok, [iodata()]} | {error, iodata()}.

%% @doc Starts the process. It ends with the reason `normal' when standard input
%% has ended.
-spec start() -> {ok, pid()}.
start() ->
    gen_server:start(?MODULE, [], []).

-spec init([]) -> {ok, state()}.
init([]) ->
    process_flag(trap_exit, true),
    Input = open_port({fd, 0, 0}, [in, binary, eof]),
    {ok, #state{input = Input, output = poetry_output:open(1)}}.

-spec handle_call(term(), gen_server:from(), state()) -> {noreply, state()}.
handle_call(_, _From, State) ->
    {noreply, State}.

-spec handle_cast(term(), state()) -> {noreply, state()}.
handle_cast(_, State) ->
    {noreply, State}.

-spec handle_info(term(), state()) -> {noreply, state()} | {stop, term(), state()}.
handle_info({Input, {data, Bytes}}, #state{input = Input, line = Line} = State) ->
    Whole = <<Line/binary, Bytes/binary>>,
    {noreply, execute(binary:split(Whole, <<"\n">>, [global]), State)};
handle_info({Input, eof}, #state{input = Input} = State) ->
    _ = command([<<"close">>], State),
    {stop, normal, State};
handle_info({'EXIT', Pid, Reason}, #state{open = {Stage, Log}} = State)
  when Pid =:= Stage; Pid =:= Log ->
    {stop, Reason, State};
handle_info(_, State) ->
    {noreply, State}.

-spec execute([binary()], state()) -> state().
execute([Line], State) ->
    State#state{line = Line};
execute([Line | Lines], State) ->
    {Answer, Next} = command(binary:split(Line, <<"\t">>, [global]), State),
    poetry_output:write(State#state.output, words(Answer)),
    execute(Lines, Next).

-spec words(answer()) -> iolist().
words({ok, Words}) -> [lists:join($\t, Words), $\n];
words({error, Message}) -> ["error\t", re:replace(Message, "[ \t\r\n]+", " ", [global]), $\n].

-spec command([binary()], state()) -> {answer(), state()}.
command([<<"open">>, _Playbill, _Log], #state{open = {_, _}} = State) ->
    {{error, "a playbill is open already"}, State};
command([<<"open">>, Playbill, Log], State) ->
    case open(Playbill, Log) of
        {ok, Stage, LogPid} ->
            Ports = [integer_to_list(Port) || Port <- poetry_stage:ports(Stage)],
            {{ok, ["listening" | Ports]}, State#state{open = {Stage, LogPid}}};
        {error, _} = Error ->
            {Error, State}
    end;
command([<<"close">>], #state{open = undefined} = State) ->
    {{error, "no playbill is open"}, State};
command([<<"close">>], #state{open = {Stage, Log}} = State) ->
    ok = poetry_stage:close(Stage),
    Answer = case send_log:close(Log) of
        ok -> {ok, ["closed"]};
        {error, Reason} -> {error, ["cannot write the send log: ", file:format_error(Reason)]}
    end,
    {Answer, State#state{open = undefined}};
command(Words, State) ->
    {{error, ["unknown command ", poetry_options:quote(lists:join($\s, Words))]}, State}.

-spec open(Playbill :: binary(), Log :: binary()) ->
    {ok, Stage :: pid(), Log :: pid()} | {error, iodata()}.
open(Playbill, LogPath) ->
    case send_log:start_link({file, LogPath}) of
        {ok, Log} ->
            case read_and_open(Playbill, Log) of
                {ok, Stage} ->
                    {ok, Stage, Log};
                {error, _} = Error ->
                    _ = send_log:close(Log),
                    Error
            end;
        {error, {shutdown, Reason}} ->
            {error, ["cannot write the send log ", poetry_options:quote(LogPath), ": ",
                     file:format_error(Reason)]}
    end.

-spec read_and_open(binary(), pid()) -> {ok, pid()} | {error, iodata()}.
read_and_open(Playbill, Log) ->
    case poetry_playbill:read(Playbill) of
        {ok, {Iface, Servers}} -> poetry_stage:open(Iface, Servers, Log);
        {error, _} = Error -> Error
    end.
