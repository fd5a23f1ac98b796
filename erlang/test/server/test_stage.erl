%% @doc Servers for the tests of a stage, and their records: the process of the test
%% is the log, so it gets the records as messages.
-module(test_stage).

-export([serve/2, open/1, connections/1, connection_sup/1, an_hour_passes/1]).
-export([next_record/0, records_until/1, acts_until/1, all_records/0, act/1]).

-include("test_stage.hrl").

-type record() :: {integer(), pos_integer(), non_neg_integer(), act()}.
-type act() :: atom() | tuple().

%% @doc Opens one server on a free port.
-spec serve(binary(), list()) -> {pid(), [inet:port_number()]}.
serve(Poem, Schedule) ->
    ok = poetry_schedule:check(Schedule, max(1024, byte_size(Poem))),
    open([{0, {Poem, Schedule}}]).

%% @doc Opens servers and returns their ports. Records that an earlier test left in
%% the mailbox are discarded.
-spec open(list()) -> {pid(), [inet:port_number()]}.
open(Servers) ->
    _ = all_records(),
    {ok, Stage} = poetry_stage:open(<<"127.0.0.1">>, Servers, self()),
    {Stage, poetry_stage:ports(Stage)}.

%% @doc The processes of the open connections.
-spec connections(pid()) -> [pid()].
connections(Stage) ->
    [Pid || {_, Pid, _, _} <- supervisor:which_children(connection_sup(Stage))].

%% @doc The supervisor of the connections.
-spec connection_sup(pid()) -> pid().
connection_sup(Stage) ->
    [Supervisor] = [Pid || {connections, Pid, _, _} <- supervisor:which_children(Stage)],
    Supervisor.

%% @doc Makes all connections behave as if they had been accepted an hour earlier.
-spec an_hour_passes(pid()) -> ok.
an_hour_passes(Stage) ->
    lists:foreach(fun(Connection) ->
        _ = sys:replace_state(Connection, fun accepted_an_hour_earlier/1, infinity),
        Connection ! {timeout, make_ref(), perform}
    end, [Pid || Pid <- connections(Stage), is_process_alive(Pid)]).

%% The state is a record of slow_connection; `accepted' is its sixth element.
-spec accepted_an_hour_earlier(tuple()) -> tuple().
accepted_an_hour_earlier(State) ->
    setelement(6, State, element(6, State) - ?HOUR).

%% @doc Waits for the next record.
-spec next_record() -> record().
next_record() ->
    receive {'$gen_cast', Record} -> Record end.

%% @doc Waits for an act of a server (the first server, if none is named) and
%% returns all records up to it.
-spec records_until(atom() | {pos_integer(), atom()}) -> [record()].
records_until({Server, Act}) ->
    case next_record() of
        {_, Server, _, Act} = Record -> [Record];
        Record -> [Record | records_until({Server, Act})]
    end;
records_until(Act) ->
    records_until({1, Act}).

%% @doc As records_until/1, but returns only the acts.
-spec acts_until(atom()) -> [act()].
acts_until(Act) ->
    [act(Record) || Record <- records_until(Act)].

%% @doc The records that have come so far.
-spec all_records() -> [record()].
all_records() ->
    receive {'$gen_cast', Record} -> [Record | all_records()] after 0 -> [] end.

%% @doc The act of a record.
-spec act(record()) -> act().
act({_Time, _Server, _Conn, Act}) -> Act.
