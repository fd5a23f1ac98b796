%% @doc Servers for the tests of a stage, and what they record: the test's own
%% process is the log, and records come as its mail.
-module(test_stage).

-export([serve/2, open/1, connections/1, connection_sup/1, an_hour_passes/1]).
-export([next_record/0, records_until/1, acts_until/1, all_records/0, act/1]).

-include("test_stage.hrl").

-type record() :: {integer(), pos_integer(), non_neg_integer(), act()}.
-type act() :: atom() | tuple().

%% @doc One server, on a free port.
-spec serve(binary(), list()) -> {pid(), [inet:port_number()]}.
serve(Poem, Schedule) ->
    ok = poetry_schedule:check(Schedule, max(1024, byte_size(Poem))),
    open([{0, {Poem, Schedule}}]).

%% @doc The servers, and which ports they got. What another test has left in the
%% mailbox is thrown away.
-spec open(list()) -> {pid(), [inet:port_number()]}.
open(Servers) ->
    _ = all_records(),
    {ok, Stage} = poetry_stage:open(<<"127.0.0.1">>, Servers, self()),
    {Stage, poetry_stage:ports(Stage)}.

%% @doc The processes that serve a connection each.
-spec connections(pid()) -> [pid()].
connections(Stage) ->
    [Pid || {_, Pid, _, _} <- supervisor:which_children(connection_sup(Stage))].

%% @doc Their supervisor.
-spec connection_sup(pid()) -> pid().
connection_sup(Stage) ->
    [Supervisor] = [Pid || {connections, Pid, _, _} <- supervisor:which_children(Stage)],
    Supervisor.

%% @doc As if all connections had been accepted an hour earlier.
-spec an_hour_passes(pid()) -> list().
an_hour_passes(Stage) ->
    [begin
        _ = sys:replace_state(Connection, fun(State) -> setelement(6, State, element(6, State) - ?HOUR) end, infinity),
        Connection ! {timeout, make_ref(), perform}
     end || Connection <- connections(Stage), is_process_alive(Connection)].

%% @doc Waits for the next record.
-spec next_record() -> record().
next_record() ->
    receive {'$gen_cast', Record} -> Record end.

%% @doc Waits for an act of a server, the first where none is named; all records
%% up to it.
-spec records_until(atom() | {pos_integer(), atom()}) -> [record()].
records_until({Server, Act}) ->
    case next_record() of
        {_, Server, _, Act} = Record -> [Record];
        Record -> [Record | records_until({Server, Act})]
    end;
records_until(Act) ->
    records_until({1, Act}).

%% @doc The same, of each record the act alone.
-spec acts_until(atom()) -> [act()].
acts_until(Act) ->
    [act(Record) || Record <- records_until(Act)].

%% @doc The records that are there.
-spec all_records() -> [record()].
all_records() ->
    receive {'$gen_cast', Record} -> [Record | all_records()] after 0 -> [] end.

%% @doc What was done.
-spec act(record()) -> act().
act({_Time, _Server, _Conn, Act}) -> Act.
