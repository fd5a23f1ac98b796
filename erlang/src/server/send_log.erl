%% @doc The send log: a process that records what the servers do.
%%
%% Connections send their records to it and go on, so a slow disk delays no chunk.
-module(send_log).
-behaviour(gen_server).

-export([start_link/1, record/2, close/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).
-export_type([sink/0]).

%% Where records go: JSON lines in a new file, JSON lines on standard output, or
%% text for people on standard output.
-type sink() :: {file, file:name_all()} | {ndjson, port()} | {plain, port()}.
-type state() :: {file, file:fd(), Waiting :: iolist()} | {ndjson, port()}
               | {plain, port(), Began :: poetry_clock:nanoseconds()}.

%% A record is in its file after this time at the latest. The option
%% `delayed_write' of file:open/2 would not report a full disk.
-define(DELAY_MS, 50).

%% @doc Opens the log. Returns `{error, {shutdown, Reason}}' if the file cannot be
%% opened.
-spec start_link(sink()) -> {ok, pid()} | {error, {shutdown, file:posix()}}.
start_link(Sink) ->
    gen_server:start_link(?MODULE, Sink, []).

%% @doc Appends a record.
-spec record(pid(), send_record:record()) -> ok.
record(Log, Record) ->
    gen_server:cast(Log, Record).

%% @doc Ends the log. If it returns `ok', all records are in the file.
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
handle_cast(Record, {file, File, []}) ->
    _ = erlang:send_after(?DELAY_MS, self(), write),
    {noreply, {file, File, [send_record:ndjson(Record)]}};
handle_cast(Record, {file, File, Waiting}) ->
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
