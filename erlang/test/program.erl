%% @doc Runs a built program as a shell does.
-module(program).

-export([path/1, run/3, run/4, start/4, collect/2]).

%% @doc The path of a built program. Tests run in the folder of build.escript.
-spec path(string()) -> file:filename().
path(Name) ->
    filename:absname(filename:join("build", Name)).

%% @doc Runs a shell command to its end. In the command, `"$0" "$@"' is the program
%% with its arguments.
-spec run(string(), string(), [integer() | iodata()]) -> {Status :: integer(), Output :: binary()}.
run(Name, Command, Arguments) ->
    run(Name, Command, Arguments, []).

-spec run(string(), string(), [integer() | iodata()], [{string(), string()}]) -> {integer(), binary()}.
run(Name, Command, Arguments, Environment) ->
    collect(start(Name, Command, Arguments, Environment), <<>>).

%% @doc Starts the shell command of run/4.
-spec start(string(), string(), [integer() | iodata()], [{string(), string()}]) -> port().
start(Name, Command, Arguments, Environment) ->
    open_port({spawn_executable, "/bin/sh"},
              [{args, ["-c", Command, path(Name) | [argument(A) || A <- Arguments]]},
               {env, Environment}, binary, exit_status]).

%% @doc Waits until the command has ended. `Output' is the output read so far.
-spec collect(port(), binary()) -> {integer(), binary()}.
collect(Shell, Output) ->
    receive
        {Shell, {data, Bytes}} -> collect(Shell, <<Output/binary, Bytes/binary>>);
        {Shell, {exit_status, Status}} -> {Status, Output}
    end.

-spec argument(integer() | iodata()) -> iodata().
argument(Port) when is_integer(Port) -> integer_to_list(Port);
argument(Text) -> Text.
