%% Runs the built server program as a person does (by hand) and as the lab does.
-module(slow_poetry_server_program_tests).

-include_lib("eunit/include/eunit.hrl").

-define(TEST(Body), {timeout, 60, fun() -> Body end}).
-define(POEM, <<"No road is long\nwith poetry along.\n">>).
-define(AT_ONCE, "0 send 35\n0 close\n").
-define(IN_AN_HOUR, "0 send 10\n3600 send 10\n3600 close\n").

by_hand_test_() ->
    in_folder(fun(Folder) ->
        Poem = filename:join(Folder, "a poem.txt"),
        [{"it prints each act as it happens", ?TEST(begin
            Server = start(["--delay", "0", "--num-bytes=1000", Poem]),
            Port = serving(Server, Poem),
            {ok, Client} = reader:connect(Port),
            {ok, {_, Own}} = inet:sockname(Client),
            ?assertEqual(?POEM, reader:read_all(Client)),
            ?assertEqual([<<"accepted, from 127.0.0.1:", (integer_to_binary(Own))/binary>>,
                          <<"sent bytes 0 to 35">>, <<"close">>],
                         [words(next_line(Server)) || _ <- [1, 2, 3]]),
            ?assertEqual(0, stop("TERM", Server))
         end)},
         {"it sends as many bytes, and at the times, as the options say", ?TEST(begin
            Server = start([Poem, "--delay", "0.25", "--num-bytes", "20", "--log", "ndjson"]),
            ?assertEqual(?POEM, reader:fetch(serving(Server, Poem))),
            [Accept, First, Second, Close] = [next_line(Server) || _ <- lists:seq(1, 4)],
            ?assertMatch({match, _}, re:run(Accept, "^{\"t\":[0-9]+\\.[0-9]{6},\"act\":\"accept\",.*}$")),
            ?assertEqual({0, 20, 250}, chunk(Accept, First)),
            ?assertEqual({20, 35, 500}, chunk(Accept, Second)),
            ?assertMatch({match, _}, re:run(Close, "\"act\":\"close\"")),
            ?assertEqual(0, stop("TERM", Server))
         end)},
         {"IPv6 addresses are printed in brackets, in their short form", [{Iface, ?TEST(begin
            Server = start(["--delay", "0", "--num-bytes=1000", "--iface", Iface, Poem]),
            {match, [Place]} = re:run(next_line(Server), " on \\[::1\\]:([0-9]+)\\.$",
                                      [{capture, all_but_first, list}]),
            {ok, Client} = gen_tcp:connect({0, 0, 0, 0, 0, 0, 0, 1}, list_to_integer(Place),
                                           [inet6, binary, {active, false}]),
            {ok, {_, Own}} = inet:sockname(Client),
            ?assertEqual(?POEM, reader:read_all(Client)),
            ?assertEqual(<<"accepted, from [::1]:", (integer_to_binary(Own))/binary>>, words(next_line(Server))),
            ?assertEqual(0, stop("TERM", Server))
          end)} || Iface <- ["::1", "0:0:0:0:0:0:0:1"]]},
         {"an IPv6 address of another machine is named in brackets", ?TEST(begin
            {1, Output} = run(["--iface", "2001:db8::7", "--port", "20001", Poem]),
            ?assertMatch({match, _}, re:run(Output, "^cannot listen on \\[2001:db8::7\\]:20001: .+\n$"))
         end)},
         {"a signal in the middle of a poem ends it without a message", [{How, ?TEST(begin
            Server = start(["--delay", "3600", Poem]),
            {ok, Client} = reader:connect(serving(Server, Poem)),
            _ = next_line(Server),
            ?assertEqual(Status, stop(How, Server)),
            ?assertEqual({error, closed}, gen_tcp:recv(Client, 0, 30000))
          end)} || {How, Status} <- [{"TERM", 0}, {"INT", 128 + 2}]]},
         {"clients above the limit of open files get their poems later", ?TEST(begin
            Server = program:start("slow-poetry-server", "ulimit -n 40; exec \"$0\" \"$@\"",
                                   ["--log", "ndjson", "--delay", "0.1", "--num-bytes=40", Poem], []),
            {match, [Port]} = re:run(receive {Server, {data, Said}} -> Said end, ":([0-9]+)\\.\n",
                                     [{capture, all_but_first, list}]),
            Clients = [element(2, {ok, _} = reader:connect(list_to_integer(Port))) || _ <- lists:seq(1, 60)],
            [?assertEqual(?POEM, reader:read_all(Client)) || Client <- Clients],
            ?assertEqual(0, stop("TERM", Server))
         end)},
         {"a port in use is named, and it ends", ?TEST(begin
            {ok, Taken} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
            {ok, Port} = inet:port(Taken),
            ?assertEqual({1, iolist_to_binary(["cannot listen on 127.0.0.1:", integer_to_list(Port),
                                               ": address already in use\n"])},
                         run(["--port", Port, Poem])),
            gen_tcp:close(Taken)
         end)},
         {"bad arguments are explained, with the usage", [{Words, ?TEST(begin
            {2, Output} = run(Arguments),
            ?assertMatch({match, _}, re:run(Output, ["^slow-poetry-server: ", Words, "\nusage: "]))
          end)} || {Arguments, Words} <-
            [{[], "no POEM given"}, {["one", "two"], "more than one POEM given"},
             {["--pace=2", Poem], "unknown option '--pace'"},
             {["--port", "65536", Poem], "option --port: '65536' is not a port from 0 to 65535"},
             {["--iface", "[::1]", Poem], "option --iface: '\\[::1\\]' is not an address without brackets"},
             {["--delay=nan", Poem], "option --delay: 'nan' is not a number of seconds from 0 to 3600"},
             {["--delay=3600.1", Poem], "option --delay: '3600.1' is not a number of seconds from 0 to 3600"},
             {["--num-bytes", "0", Poem], "option --num-bytes: '0' is not a number of bytes of 1 or more"},
             {["--log=xml", Poem], "option --log: 'xml' is not plain or ndjson"},
             {["--control", Poem], "--control takes no POEM and no other option"}]]}]
    end).

help_is_the_usage_on_standard_output_test_() ->
    ?TEST(?assertMatch({0, <<"usage: slow-poetry-server ", _/binary>>},
                       program:run("slow-poetry-server", "exec \"$0\" --help 2>/dev/null", []))).

a_missing_poem_is_named_and_it_ends_test_() ->
    ?TEST(?assertEqual({1, <<"cannot read the poem '/no/poem.txt': no such file or directory\n">>},
                       run(["/no/poem.txt"]))).

for_the_lab_test_() ->
    in_folder(fun(Folder) ->
        [{"each of several playbills, one after another, has its own log", ?TEST(begin
            Lab = start(["--control"]),
            [begin
                [Port] = listening(open(Lab, Folder, [server(?AT_ONCE)])),
                [?assertEqual(?POEM, reader:fetch(Port)) || _ <- lists:seq(1, Number)],
                ?assertEqual(lists:append(lists:duplicate(Number, [<<"accept">>, <<"send">>, <<"close">>])),
                             acts(close(Lab, Folder)))
             end || Number <- [1, 2, 3]],
            stop("TERM", Lab)
         end)},
         {"each server of a playbill serves its own poem on the port in the answer", ?TEST(begin
            Lab = start(["--control"]),
            ok = file:write_file(filename:join(Folder, "other.txt"), "another"),
            [First, Down, Third] = listening(open(Lab, Folder,
                [server(?AT_ONCE), "down 0\n", "server 0 other.txt\n0 send 7\n0 close\n"])),
            ?assertEqual([<<"another">>, ?POEM], [reader:fetch(Third), reader:fetch(First)]),
            ?assertEqual({error, econnrefused}, reader:connect(Down)),
            ?assertEqual([<<"1">>, <<"3">>], lists:usort(values("\"server\":([0-9]+)", close(Lab, Folder)))),
            stop("TERM", Lab)
         end)},
         {"the log can be read during the run, and has the end after the close", ?TEST(begin
            Lab = start(["--control"]),
            [Port] = listening(open(Lab, Folder, [server(?IN_AN_HOUR)])),
            {ok, Client} = reader:connect(Port),
            Two = follow(Folder, 2),
            ?assertEqual([<<"accept">>, <<"send">>], acts(Two)),
            ?assertEqual([<<"accept">>, <<"send">>, <<"reset">>], acts(close(Lab, Folder))),
            {ok, _} = gen_tcp:recv(Client, 10, 30000),
            ?assertEqual({error, econnreset}, gen_tcp:recv(Client, 0, 30000)),
            stop("TERM", Lab)
         end)},
         {"a server can stall", ?TEST(begin
            Lab = start(["--control"]),
            [Port] = listening(open(Lab, Folder, [server("0 send 10\n0 stall\n")])),
            {ok, Client} = reader:connect(Port),
            {ok, _} = gen_tcp:recv(Client, 10, 30000),
            ok = inet:setopts(Client, [{linger, {true, 0}}]),
            ok = gen_tcp:close(Client),
            ?assertEqual([<<"accept">>, <<"send">>, <<"hang-up">>], acts(follow(Folder, 3))),
            _ = close(Lab, Folder),
            stop("TERM", Lab)
         end)},
         {"a playbill is closed while its connections use up the limit of open files", ?TEST(begin
            Limit = 40,
            Lab = open_port({spawn_executable, "/bin/sh"},
                            [{args, ["-c", "ulimit -n " ++ integer_to_list(Limit) ++ "; exec \"$0\" --control",
                                     program:path("slow-poetry-server")]},
                             {line, 4096}, binary, exit_status]),
            [Port] = listening(open(Lab, Folder, [server(?IN_AN_HOUR)])),
            Clients = [element(2, {ok, _} = reader:connect(Port)) || _ <- lists:seq(1, Limit)],
            use_up(Limit, Lab),
            Acts = acts(close(Lab, Folder)),
            ?assertEqual([Act || Act <- Acts, Act =:= <<"accept">>], [<<"accept">> || <<"reset">> <- Acts]),
            ok = lists:foreach(fun gen_tcp:close/1, Clients),
            stop("TERM", Lab)
         end)},
         {"an error is reported, and then a good playbill can be opened", ?TEST(begin
            Lab = start(["--control"]),
            [begin
                Answer = open(Lab, Folder, [Wrong]),
                ?assertMatch({match, _}, re:run(Answer, ["^error\t", Why]))
             end || {Wrong, Why} <-
                [{server("0 sing 10\n"), "playbill, line 2: not an act of a schedule: '0 sing 10'"},
                 {server("0 send 10\n"), "a schedule must end with 'close', 'fin', 'reset' or 'stall'$"},
                 {server("0 send 99\n0 close\n"), "the schedule sends 99 bytes of a poem of 35$"},
                 {"server 0 missing.txt\n", "cannot read the poem '.*/missing.txt': no such file"},
                 {"iface 192.0.2.1\n" ++ server(?AT_ONCE), "cannot listen on 192.0.2.1:0: "},
                 {"\xff\xfe", "the playbill is not UTF-8 text$"}]],
            [?assertMatch({match, _}, re:run(ask(Lab, Line), ["^error\t", Why]))
             || {Line, Why} <-
                [{"close", "no playbill is open$"},
                 {"dance", "unknown command 'dance'$"},
                 {"", "unknown command ''$"},
                 {"open\tonly one", "unknown command 'open only one'$"},
                 {["open\t", Folder, "/nowhere\t", Folder, "/log"], "cannot read the playbill '.*/nowhere': no such"},
                 {["open\t", Folder, "/playbill\t", Folder], "cannot write the send log '.*': "}]],
            [Port] = listening(open(Lab, Folder, [server(?AT_ONCE)])),
            ?assertEqual(<<"error\ta playbill is open already">>, open(Lab, Folder, [server(?AT_ONCE)])),
            ?assertEqual(?POEM, reader:fetch(Port)),
            ?assertEqual([<<"accept">>, <<"send">>, <<"close">>], acts(close(Lab, Folder))),
            stop("TERM", Lab)
         end)},
         {"if the send log cannot be written, it says so and ends", ?TEST(begin
            ok = file:write_file(filename:join(Folder, "playbill"), server(?IN_AN_HOUR)),
            Lab = program:start("slow-poetry-server", "exec \"$0\" --control 2>&1", [], []),
            true = port_command(Lab, ["open\t", Folder, "/playbill\t/dev/full\n"]),
            [Port] = listening(string:trim(receive {Lab, {data, Answer}} -> Answer end)),
            {ok, Client} = reader:connect(Port),
            ?assertEqual({1, <<"cannot write the send log: no space left on device\n">>},
                         program:collect(Lab, <<>>)),
            ok = gen_tcp:close(Client)
         end)},
         {"the end of standard input ends it with exit status 0", ?TEST(begin
            ok = file:write_file(filename:join(Folder, "playbill"), server(?IN_AN_HOUR)),
            {0, Output} = program:run("slow-poetry-server",
                "printf 'open\\t%s/playbill\\t%s/log\\n' \"$1\" \"$1\" | \"$0\" --control 2>&1", [Folder]),
            ?assertMatch({match, _}, re:run(Output, "^listening\t[0-9]+\n$"))
         end)}]
    end).

%% A new folder with a poem in it for the tests that `Tests' makes.
in_folder(Tests) ->
    {setup,
     fun() ->
        Folder = string:trim(os:cmd("mktemp -d")),
        ok = file:write_file(filename:join(Folder, "a poem.txt"), ?POEM),
        Folder
     end,
     fun(Folder) -> ok = file:del_dir_r(Folder) end,
     Tests}.

%% If the tests run in the background, SIGINT is ignored, also in the programs that
%% they start; env resets that.
start(Arguments) ->
    open_port({spawn_executable, "/usr/bin/env"},
              [{args, ["--default-signal=INT", program:path("slow-poetry-server") | Arguments]},
               {line, 4096}, binary, exit_status]).

run(Arguments) ->
    program:run("slow-poetry-server", "exec \"$0\" \"$@\" 2>&1 >/dev/null", Arguments).

%% Sends a signal to the program and returns its exit status. If the signal ended
%% it, the status is 128 plus the signal's number.
stop(Signal, Program) ->
    {os_pid, Pid} = erlang:port_info(Program, os_pid),
    "" = os:cmd("kill -" ++ Signal ++ " " ++ integer_to_list(Pid)),
    ended(Program).

ended(Program) ->
    receive
        {Program, {data, _}} -> ended(Program);
        {Program, {exit_status, Status}} -> Status
    end.

next_line(Program) ->
    receive {Program, {data, {eol, Line}}} -> Line end.

serving(Server, Poem) ->
    {match, [Port]} = re:run(next_line(Server), ["^Serving ", Poem, " on 127.0.0.1:([0-9]+)\\.$"],
                             [{capture, all_but_first, list}]),
    list_to_integer(Port).

words(Line) ->
    {match, [Words]} = re:run(Line, "^ *[0-9]+\\.[0-9]{3} s  server 1  connection 1: (.*)$",
                              [{capture, all_but_first, binary}]),
    Words.

%% First byte, last byte, and milliseconds from the accept until it was due.
chunk(Accept, Send) ->
    [Accepted] = values("\"t\":([0-9.]+)", [Accept]),
    {match, [Start, End, Due]} = re:run(Send, "\"start\":([0-9]+),\"end\":([0-9]+),\"due\":([0-9.]+)}$",
                                        [{capture, all_but_first, binary}]),
    {binary_to_integer(Start), binary_to_integer(End),
     round((binary_to_float(Due) - binary_to_float(Accepted)) * 1000)}.

server(Acts) ->
    "server 0 a poem.txt\n" ++ Acts.

open(Lab, Folder, Parts) ->
    ok = file:write_file(filename:join(Folder, "playbill"), list_to_binary(Parts)),
    ask(Lab, ["open\t", Folder, "/playbill\t", Folder, "/log"]).

close(Lab, Folder) ->
    ?assertEqual(<<"closed">>, ask(Lab, "close")),
    lines(Folder).

ask(Lab, Line) ->
    true = port_command(Lab, [Line, $\n]),
    next_line(Lab).

listening(Answer) ->
    [<<"listening">> | Ports] = binary:split(Answer, <<"\t">>, [global]),
    [binary_to_integer(Port) || Port <- Ports].

lines(Folder) ->
    {ok, Text} = file:read_file(filename:join(Folder, "log")),
    binary:split(Text, <<"\n">>, [global, trim]).

follow(Folder, Count) ->
    case lines(Folder) of
        Lines when length(Lines) >= Count -> Lines;
        _ -> receive after 10 -> follow(Folder, Count) end
    end.

%% Waits until the program has so many files open.
use_up(Files, Program) ->
    {os_pid, Pid} = erlang:port_info(Program, os_pid),
    case file:list_dir("/proc/" ++ integer_to_list(Pid) ++ "/fd") of
        {ok, Open} when length(Open) >= Files -> ok;
        _ -> receive after 10 -> use_up(Files, Program) end
    end.

acts(Lines) ->
    values("\"act\":\"([a-z-]+)\"", Lines).

values(Pattern, Lines) ->
    [begin
        {match, [Value]} = re:run(Line, Pattern, [{capture, all_but_first, binary}]),
        Value
     end || Line <- Lines].
