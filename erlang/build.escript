#!/usr/bin/env escript
%% Builds the programs in build/: each one executable file that needs only
%% Erlang's own runtime. With the argument `test' it also runs all unit tests,
%% and the last line is then `N passed, N failed'. Writes inside build/ only.
-mode(compile).

%% The programs, each with the module that has its main/1.
-define(PROGRAMS, [{"get-poetry", get_poetry},
                   {"slow-poetry-server", slow_poetry_server},
                   {"lesson", lesson}]).

main(Arguments) ->
    ok = file:set_cwd(filename:dirname(filename:absname(escript:script_name()))),
    Beams = compile("src", "build/ebin", [debug_info, warn_missing_spec_all]),
    [write_executable("build/" ++ Name, Main, Beams) || {Name, Main} <- ?PROGRAMS],
    case Arguments of
        [] -> ok;
        ["test"] -> test()
    end.

compile(From, To, Options) ->
    ok = filelib:ensure_path(To),
    [compile_file(Source, To, Options)
     || Source <- filelib:wildcard(filename:join(From, "**/*.erl"))].

compile_file(Source, To, Options) ->
    case compile:file(Source, [report, warnings_as_errors, {outdir, To} | Options]) of
        {ok, Module} -> filename:join(To, atom_to_list(Module) ++ ".beam");
        error -> halt(1)
    end.

write_executable(Path, Main, Beams) ->
    Archive = [{filename:basename(Beam), element(2, {ok, _} = file:read_file(Beam))}
               || Beam <- Beams],
    {ok, Bytes} = escript:create(binary, [shebang,
                                          {emu_args, emulator_flags(Main)},
                                          {archive, Archive, []}]),
    %% Renamed into place: a client that runs keeps the file it started with.
    New = Path ++ ".new",
    ok = file:write_file(New, Bytes),
    ok = file:change_mode(New, 8#755),
    ok = file:rename(New, Path).

emulator_flags(Main) ->
    lists:append([
     "-escript main ", atom_to_list(Main),
     %% Leave standard input to whoever started us.
     " -noinput",
     %% A Ctrl-C ends a program, as it does any other: no menu of the runtime.
     " +Bd",
     %% Arguments are bytes, in any locale.
     " +fnl",
     %% One scheduler waits for 1,000 sockets as well as two do, in less CPU
     %% time; and with nothing to do it should sleep, not spin.
     " +S 1 +sbwt none",
     %% By default the table of ports grows with the limit of open files:
     %% 1.5 GB and four seconds where that is as high as it can be.
     " +Q 65536",
     %% A process that fails says so by its exit reason: no crash reports.
     " -kernel logger_level none"]).

test() ->
    Beams = compile("test", "build/test", [debug_info]),
    true = code:add_patha("build/ebin"),
    true = code:add_patha("build/test"),
    Tests = [list_to_atom(filename:basename(Beam, ".beam"))
             || Beam <- Beams, lists:suffix("_tests.beam", Beam)],
    %% As in the programs: what a test breaks on purpose needs no report.
    ok = logger:set_primary_config(level, none),
    %% On a busy machine: by itself a test has five seconds.
    _ = eunit:test(Tests, [{report, {test_count, [self()]}}, {scale_timeouts, 10}]),
    receive
        {test_count, Passed, Failed} ->
            io:format("~b passed, ~b failed~n", [Passed, Failed]),
            halt(case Failed =:= 0 andalso Passed > 0 of true -> 0; false -> 1 end)
    end.
