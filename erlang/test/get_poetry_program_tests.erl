%% Runs the built program as a shell does: bytes, streams, exit status.
-module(get_poetry_program_tests).

-include_lib("eunit/include/eunit.hrl").

%% A long timeout: a test must not fail because the machine is busy.
-define(TEST(Body), {timeout, 60, fun() -> Body end}).

stdout_has_each_poem_and_one_newline_in_any_locale_test_() ->
    Poem = list_to_binary(lists:seq(0, 255)),
    [{Locale, ?TEST(begin
        {_, Port} = scripted_server:start([Poem, "\n"]),
        ?assertEqual({0, <<Poem/binary, "\n\n">>},
                     run("exec \"$0\" \"$@\" 2>/dev/null", [Port], [{"LC_ALL", Locale}]))
      end)}
     || Locale <- ["C", "C.UTF-8"]].

stderr_has_the_progress_lines_test_() ->
    ?TEST(begin
        {_, Port} = scripted_server:start(["poem"]),
        Line = ["Task 1: got 4 bytes of poetry from 127.0.0.1:", integer_to_list(Port), "\n"],
        ?assertEqual({0, iolist_to_binary(Line)},
                     run("exec \"$0\" \"$@\" 2>&1 >/dev/null", [Port]))
    end).

a_host_is_shown_as_it_was_typed_in_any_locale_test_() ->
    Typed = <<"gedichte-f\xc3\xbcr-\xff:10001">>,
    [{Locale, ?TEST(?assertEqual(
        {1, <<"Task 1: failed: unknown host (", Typed/binary, ")\n">>},
        run("exec \"$0\" \"$@\" 2>&1", [Typed], [{"LC_ALL", Locale}])))}
     || Locale <- ["C", "C.UTF-8"]].

if_a_task_fails_the_exit_status_is_1_and_the_other_poems_are_printed_test_() ->
    ?TEST(begin
        {_, Port} = scripted_server:start(["poem"]),
        Dead = scripted_server:unused_port(),
        ?assertEqual({1, <<"poem\n">>},
                     run("exec \"$0\" \"$@\" 2>/dev/null", [Dead, Port]))
    end).

an_address_that_is_silent_for_too_long_fails_and_the_other_poems_are_printed_test_() ->
    ?TEST(begin
        {Silent, SilentPort} = scripted_server:start(["half", pause]),
        {_, Port} = scripted_server:start(["poem"]),
        {1, Output} = run("exec \"$0\" \"$@\" 2>&1", ["--timeout", "5", "--quiet", SilentPort, Port]),
        ?assertEqual(iolist_to_binary(["Task 1: failed: timed out (127.0.0.1:",
                                       integer_to_list(SilentPort), ")\npoem\n"]), Output),
        scripted_server:await_pause(Silent),
        scripted_server:resume(Silent)
    end).

bad_arguments_are_explained_and_the_exit_status_is_2_test_() ->
    [{Words, ?TEST(begin
        {2, Output} = run("exec \"$0\" \"$@\" 2>&1 >/dev/null", Arguments),
        ?assertMatch({match, _}, re:run(Output, ["^get-poetry: ", Words, "\nusage: get-poetry "]))
      end)}
     || {Arguments, Words} <-
            [{[], "no address given"},
             {["10001", "poem"], "bad argument 'poem': the port is not a number from 1 to 65535"},
             {["--loud", "10001"], "unknown option '--loud'"},
             {["--order", "random", "10001"],
              "option --order: 'random' is not arguments, completion or reverse-completion"},
             {["10001", "--timeout"], "option --timeout: needs a value"}
             | [{["--timeout", Bad, "10001"],
                 "option --timeout: '" ++ Bad ++ "' is not a number of seconds above 0 and at most 3600"}
                || Bad <- ["", "0", "0.0", "-1", "3600.1", "10001", "soon", "nan"]]]].

help_is_the_usage_on_standard_output_test_() ->
    ?TEST(?assertMatch({0, <<"usage: get-poetry ", _/binary>>},
                       run("exec \"$0\" \"$@\" 2>/dev/null", ["--help"]))).

poems_can_be_printed_in_the_order_of_the_arguments_without_progress_lines_test_() ->
    ?TEST(begin
        {Slow, SlowPort} = scripted_server:start([pause, "slow"]),
        {Quick, QuickPort} = scripted_server:start([pause, "quick"]),
        Shell = start("exec \"$0\" \"$@\" 2>&1", ["--quiet", "--order=arguments", SlowPort, "--times", QuickPort], []),
        scripted_server:await_pause(Slow),
        scripted_server:resume(Quick),
        First = receive {Shell, {data, Bytes}} -> Bytes end,
        ?assertMatch(<<"Task 2: took ", _/binary>>, First),
        scripted_server:resume(Slow),
        {0, Output} = collect(Shell, <<>>),
        ?assertMatch({match, _}, re:run(Output, "^Task 1: took [^\n]*\nslow\nquick\n$"))
    end).

if_the_reader_of_its_output_leaves_the_exit_status_is_1_without_a_stack_trace_test_() ->
    ?TEST(begin
        %% A little more than a pipe holds: writing the rest must fail.
        {_, Port} = scripted_server:start(["\n", binary:copy(<<"poem">>, 17000)]),
        {0, Output} = run("{ { \"$0\" \"$@\" 2>&3; echo status $? >&3; } | read -r line; } 3>&1",
                          [Port]),
        ?assertMatch({match, _}, re:run(Output, "^(Task 1: got [^\n]*\n)+status 1\n$"))
    end).

tasks_above_the_limit_of_open_files_fail_in_plain_words_test_() ->
    ?TEST(begin
        {Server, Port} = scripted_server:start([pause]),
        Shell = start("ulimit -n 60; exec \"$0\" \"$@\" 2>&1", lists:duplicate(99, Port), []),
        %% The tasks that are connected stay so until the others have failed.
        scripted_server:await_pause(Server),
        First = receive {Shell, {data, Bytes}} -> Bytes end,
        scripted_server:resume(Server),
        {1, Output} = collect(Shell, First),
        ?assertMatch({match, _}, re:run(First, "^Task [0-9]+: failed: too many open files ")),
        ?assertMatch({match, _}, re:run(Output, "^(Task [0-9]+: failed: [^\n]*\n)+\n$"))
    end).

a_sigterm_stops_it_and_the_whole_poems_are_printed_test_() ->
    ?TEST(begin
        {_, Whole} = scripted_server:start(["poem"]),
        {Slow, Half} = scripted_server:start(["half", pause]),
        scripted_server:resume(Slow),
        {Silent, SilentPort} = scripted_server:start(["half", pause]),
        Shell = start("exec \"$0\" \"$@\" 2>&1", ["--quiet", "--times", Whole, Half, SilentPort], []),
        _ = lines(2, Shell),
        scripted_server:await_pause(Silent),
        {os_pid, Pid} = erlang:port_info(Shell, os_pid),
        kill("TERM", Pid),
        {143, Output} = collect(Shell, <<>>),
        ?assertEqual([<<>>, <<"half">>, <<"poem">>], lists:sort(binary:split(Output, <<"\n">>, [global])))
    end).

a_sigint_ends_it_without_more_output_test_() ->
    ?TEST(begin
        {Silent, Port} = scripted_server:start(["half", pause]),
        %% If the tests run in the background, SIGINT is ignored; env resets that.
        Shell = start("exec env --default-signal=INT \"$0\" \"$@\" 2>&1", [Port], []),
        _ = lines(1, Shell),
        scripted_server:await_pause(Silent),
        {os_pid, Pid} = erlang:port_info(Shell, os_pid),
        kill("INT", Pid),
        ?assertEqual({130, <<>>}, collect(Shell, <<>>))
    end).

a_stopped_client_closes_its_connections_before_it_prints_the_whole_poems_test_() ->
    ?TEST(begin
        {Shell, _Pid} = stopped_while_printing(200_000),
        true = port_command(Shell, "read\n"),
        ?assertEqual({0, <<"status 143\n200001\n">>}, collect(Shell, <<>>))
    end).

a_second_sigterm_ends_it_although_nobody_reads_its_output_test_() ->
    ?TEST(begin
        {Shell, Pid} = stopped_while_printing(200_000),
        kill("TERM", Pid),
        [<<"status 143">>] = lines(1, Shell),
        true = port_command(Shell, "read\n"),
        {0, Count} = collect(Shell, <<>>),
        ?assert(binary_to_integer(string:trim(Count)) < 200_001)
    end).

after_a_sigterm_during_printing_all_is_printed_and_the_exit_status_is_143_test_() ->
    ?TEST(begin
        {_, Port} = scripted_server:start([binary:copy(<<"x">>, 200_000)]),
        Shell = start_unread("{ dd bs=1 count=1; echo; } >&3; ", ["--quiet", Port]),
        [Pid, <<"x">>] = lines(2, Shell),
        kill("TERM", binary_to_integer(Pid)),
        await_default_sigterm(binary_to_integer(Pid)),
        true = port_command(Shell, "read\n"),
        ?assertEqual({0, <<"status 143\n200000\n">>}, collect(Shell, <<>>))
    end).

%% A client that was stopped by SIGTERM while it waited for its second poem. Its
%% first one has `Size' bytes, more than a pipe holds, so that it is still printing.
stopped_while_printing(Size) ->
    {_, Whole} = scripted_server:start([binary:copy(<<"x">>, Size)]),
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Silent} = inet:port(Listener),
    Shell = start_unread("", ["--quiet", "--times", Whole, Silent]),
    [Pid, <<"Task 1: took ", _/binary>>] = lines(2, Shell),
    {ok, Server} = gen_tcp:accept(Listener),
    kill("TERM", binary_to_integer(Pid)),
    ?assertEqual({error, closed}, gen_tcp:recv(Server, 0, 30000)),
    ok = gen_tcp:close(Server),
    ok = gen_tcp:close(Listener),
    {Shell, binary_to_integer(Pid)}.

%% Starts a client whose output waits in a pipe. The shell first runs the command
%% `Before'; when a line comes on its input, it reads the output and counts the
%% bytes. The shell prints the client's process id, its exit status and the count.
start_unread(Before, Arguments) ->
    start("exec 3>&1 4<&0 2>/dev/null; "
          "{ sh -c 'echo $$ >&3; exec \"$0\" \"$@\" 2>&3' \"$0\" \"$@\" & wait $!; echo status $? >&3; } | { "
          ++ Before ++ "read -r line <&4; wc -c; }", Arguments, []).

%% Waits until the program no longer catches SIGTERM, which the kernel shows: then
%% it has handled the first one.
await_default_sigterm(Pid) ->
    {ok, Status} = file:read_file("/proc/" ++ integer_to_list(Pid) ++ "/status"),
    {match, [Caught]} = re:run(Status, "SigCgt:\\s*([0-9a-f]+)", [{capture, all_but_first, binary}]),
    case binary_to_integer(Caught, 16) band (1 bsl (15 - 1)) of
        0 -> ok;
        _ -> receive after 10 -> await_default_sigterm(Pid) end
    end.

kill(Signal, Pid) ->
    "" = os:cmd("kill -" ++ Signal ++ " " ++ integer_to_list(Pid)).

%% The next lines of a program's output. The program must then print nothing more
%% until the test lets it go on.
lines(Count, Shell) ->
    lines(Count, Shell, <<>>).

lines(Count, Shell, Output) ->
    case binary:split(Output, <<"\n">>, [global]) of
        Lines when length(Lines) > Count -> lists:droplast(Lines);
        _ -> receive {Shell, {data, Bytes}} -> lines(Count, Shell, <<Output/binary, Bytes/binary>>) end
    end.

run(Command, Arguments) ->
    run(Command, Arguments, []).

run(Command, Arguments, Environment) ->
    program:run("get-poetry", Command, Arguments, Environment).

start(Command, Arguments, Environment) ->
    program:start("get-poetry", Command, Arguments, Environment).

collect(Shell, Output) ->
    program:collect(Shell, Output).
