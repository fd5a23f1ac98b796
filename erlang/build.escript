#!/usr/bin/env escript
%% Builds the programs in build/: each one executable file that needs only
%% Erlang's own runtime. With the argument `test' it also runs all unit tests,
%% and the last line is then `N passed, N failed'. Writes inside build/ only.
%% The options of compiler, runtime and EUnit are those in rebar.config.
-mode(compile).

%% The programs, each with the module that has its main/1.
-define(PROGRAMS, [{"get-poetry", get_poetry},
                   {"slow-poetry-server", slow_poetry_server},
                   {"lesson", lesson}]).

main(Arguments) ->
    ok = file:set_cwd(filename:dirname(filename:absname(escript:script_name()))),
    {ok, Config} = file:consult("rebar.config"),
    Beams = compile("src", "build/ebin", option(erl_opts, Config)),
    [write_executable("build/" ++ Name, Main, Beams, option(escript_emu_args, Config))
     || {Name, Main} <- ?PROGRAMS],
    case Arguments of
        [] -> ok;
        ["test"] -> test(Config)
    end.

%% All options must be there: a missing one is a mistake in rebar.config.
option(Key, Config) ->
    {Key, Value} = lists:keyfind(Key, 1, Config),
    Value.

compile(From, To, Options) ->
    ok = filelib:ensure_path(To),
    [compile_file(Source, To, Options)
     || Source <- filelib:wildcard(filename:join(From, "**/*.erl"))].

compile_file(Source, To, Options) ->
    case compile:file(Source, [report, {outdir, To} | Options]) of
        {ok, Module} -> filename:join(To, atom_to_list(Module) ++ ".beam");
        error -> halt(1)
    end.

write_executable(Path, Main, Beams, "%%!" ++ EmulatorFlags) ->
    Archive = [archived(Beam) || Beam <- Beams],
    Flags = ["-escript main ", atom_to_list(Main), string:trim(EmulatorFlags, trailing)],
    {ok, Bytes} = escript:create(binary, [shebang,
                                          {emu_args, lists:flatten(Flags)},
                                          {archive, Archive, []}]),
    %% Renamed into place: a program that is running keeps the file it started with.
    New = Path ++ ".new",
    ok = file:write_file(New, Bytes),
    ok = file:change_mode(New, 8#755),
    ok = file:rename(New, Path).

archived(Beam) ->
    {ok, Bytes} = file:read_file(Beam),
    {filename:basename(Beam), Bytes}.

test(Config) ->
    Profile = option(test, option(profiles, Config)),
    Beams = compile("test", "build/test", option(erl_opts, Config) ++ option(erl_opts, Profile)),
    true = code:add_patha("build/ebin"),
    true = code:add_patha("build/test"),
    Tests = [list_to_atom(filename:basename(Beam, ".beam"))
             || Beam <- Beams, lists:suffix("_tests.beam", Beam)],
    %% No crash reports, as in the programs: some tests make a process crash.
    ok = logger:set_primary_config(level, none),
    _ = eunit:test(Tests, [{report, {test_count, [self()]}} | option(eunit_opts, Config)]),
    receive
        {test_count, Passed, Failed} ->
            io:format("~b passed, ~b failed~n", [Passed, Failed]),
            halt(case Failed =:= 0 andalso Passed > 0 of true -> 0; false -> 1 end)
    end.
