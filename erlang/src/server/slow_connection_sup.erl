%% @doc The supervisor of all connections of a stage. One that fails ends alone
%% and is not restarted: its client has seen the end of it.
-module(slow_connection_sup).
-behaviour(supervisor).

-export([start_link/1, start_connection/4]).
-export([init/1]).

%% @doc Starts the supervisor; its connections will write to `Log'.
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
             %% Each of a crowd must have time to write its last record.
             shutdown => infinity}]}}.
