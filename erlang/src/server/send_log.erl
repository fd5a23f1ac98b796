%% @doc The send log: a process that writes down what the servers do.
%%
%% Connections mail their records and go on: a slow disk delays no chunk.
-module(send_log).
-behaviour(gen_server).

-export([start_link/1, record/2, close/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).
-export_type([sink/0]).

%% A new file of JSON lines, or standard output for programs or for people.
-type sink() :: {file, file:name_all()} | {ndjson, port()} | {plain, port()}.
-type state() :: {file, file:fd(), Waiting :: iolist()} | {ndjson, port()}
               | {plain, port(), Began :: poetry_clock:nanoseconds()}.

%% How long a record may wait for its file while the run goes on. The file's own
%% `delayed_write' would do, but for a full disk, of which it says nothing.
-define(DELAY_MS, 50).

%% @doc Opens the log; `{error, {shutdown, Reason}}' where the file cannot be had.
-spec start_link(sink()) -> {ok, pid()} | {error, {shutdown, file:posix()}}.
start_link(Sink) ->
    gen_server:start_link(?MODULE, Sink, []).

%% @doc Appends a record.
-spec record(pid(), send_record:record()) -> ok.
record(Log, Record) ->
    gen_server:cast(Log, Record).

%% @doc Ends the log. All records are in the file when this returns, unless it
%% says why not.
-spec close(pid()) -> ok | {error, file:posix()}.
close(Log) ->
    gen_server:call(Log, close, infinity).

-spec init(sink()) -> {ok, state()} | {stop, {shutdown, file:posix()}}.
init({file, Path}) ->
    case file:open(Path, [raw, write]) of
        {ok, File} -> {ok, {file, File, []}};
        {error, Reason} -> {stop, {shutdown, Reason}}
    end;
init({ndjson, Output}) ->
    {ok, {ndjson, Output}};
init({plain, Output}) ->
    {ok, {plain, Output, poetry_clock:now()}}.

-spec handle_cast(send_record:record(), state()) -> {noreply, state()}.
handle_cast(Record, {file, File, Waiting}) ->
    _ = [erlang:send_after(?DELAY_MS, self(), write) || Waiting =:= []],
    {noreply, {file, File, [Waiting, send_record:ndjson(Record)]}};
handle_cast(Record, {ndjson, Output} = State) ->
    ok = poetry_output:write(Output, send_record:ndjson(Record)),
    {noreply, State};
handle_cast(Record, {plain, Output, Began} = State) ->
    ok = poetry_output:write(Output, send_record:plain(Began, Record)),
    {noreply, State}.

-spec handle_info(write, state()) -> {noreply, state()} | {stop, {send_log, file:posix()}, state()}.
handle_info(write, {file, File, Waiting} = State) ->
    case file:write(File, Waiting) of
        ok -> {noreply, {file, File, []}};
        {error, Reason} -> {stop, {send_log, Reason}, State}
    end.

-spec handle_call(close, gen_server:from(), state()) ->
    {stop, normal, ok | {error, file:posix()}, state()}.
handle_call(close, _From, {file, File, Waiting} = State) ->
    Written = file:write(File, Waiting),
    Closed = file:close(File),
    {stop, normal, case Written of ok -> Closed; Error -> Error end, State};
handle_call(close, _From, State) ->
    {stop, normal, ok, State}.
