%% @doc The supervisor of all connections of a stage. If one crashes, the others
%% go on. It is not restarted, because its client has lost the connection.
-module(slow_connection_sup).
-behaviour(supervisor).

-export([start_link/1, start_connection/4]).
-export([init/1]).

%% @doc Starts the supervisor. Its connections send their records to `Log'.
-spec start_link(Log :: pid()) -> supervisor:startlink_ret().
start_link(Log) ->
    supervisor:start_link(?MODULE, Log).

%% @doc Starts the process of a connection.
-spec start_connection(pid(), pos_integer(), slow_connection:poem(), pos_integer()) -> {ok, pid()}.
start_connection(Supervisor, Server, Poem, Conn) ->
    supervisor:start_child(Supervisor, [Server, Poem, Conn]).

-spec init(pid()) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init(Log) ->
    {ok, {#{strategy => simple_one_for_one},
          [#{id => connection,
             start => {slow_connection, start_link, [Log]},
             restart => temporary,
             %% Even one of very many must have time to send its last record.
             shutdown => infinity}]}}.
