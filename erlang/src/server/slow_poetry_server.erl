%% @doc The server program: serves one poem slowly (seed parts 16 and 20). With
%% `--control' it plays the servers of the lab's scenarios.
-module(slow_poetry_server).

-export([main/1]).

-type options() :: #{string() => term()}.

%% @doc Entry point of the escript. Exit status 0: stopped by SIGTERM, or by the
%% end of standard input; 1: the poem cannot be read, the port cannot be opened or
%% the send log cannot be written; 2: bad arguments.
-spec main([string()]) -> no_return().
main(Arguments) ->
    %% If connections use up the limit of open files, no module can be loaded.
    ok = code:ensure_modules_loaded([slow_connection, send_record, poetry_clock, sys, inet_parse,
                                     string, unicode_util, io_lib_format, erl_posix_msg, poetry_address]),
    case poetry_options:parse(Arguments, known()) of
        {ok, #{"--help" := true}, _} -> say(1, usage()), halt(0);
        {ok, #{"--control" := true} = Options, []} when map_size(Options) =:= 1 -> control();
        {ok, #{"--control" := true}, _} -> refuse("--control takes no POEM and no other option");
        {ok, Options, [Path]} -> serve(list_to_binary(Path), Options);
        {ok, _, []} -> refuse("no POEM given");
        {ok, _, _} -> refuse("more than one POEM given");
        {error, Message} -> refuse(Message)
    end.

-spec known() -> poetry_options:known().
known() ->
    #{"--help" => flag,
      "--control" => flag,
      "--port" => whole(0, 65535, "a port from 0 to 65535"),
      "--iface" => fun interface/1,
      "--delay" => fun seconds/1,
      "--num-bytes" => whole(1, 1 bsl 30, "a number of bytes of 1 or more"),
      "--log" => fun log/1}.

-spec usage() -> iodata().
usage() ->
    "usage: slow-poetry-server [--port N] [--iface ADDRESS] [--delay SECONDS]\n"
    "                          [--num-bytes N] [--log plain|ndjson] POEM\n"
    "       slow-poetry-server --control\n"
    "Serves the file POEM slowly over TCP, from its start to each client.\n"
    "  --port N         the port to listen on (default: any free port)\n"
    "  --iface ADDRESS  the address to listen on (default: 127.0.0.1)\n"
    "  --delay SECONDS  seconds before each chunk (default: 0.7)\n"
    "  --num-bytes N    bytes in a chunk (default: 10)\n"
    "  --log FORMAT     how to print the send log: plain or ndjson (default: plain)\n"
    "  --control        open and close playbills by commands on standard input\n".

-spec serve(binary(), options()) -> no_return().
serve(Path, Options) ->
    Port = maps:get("--port", Options, 0),
    Iface = list_to_binary(maps:get("--iface", Options, "127.0.0.1")),
    Delay = maps:get("--delay", Options, 700_000_000),
    NumBytes = maps:get("--num-bytes", Options, 10),
    Poem = case file:read_file(Path) of
        {ok, Bytes} -> Bytes;
        {error, Reason} ->
            fail(["cannot read the poem ", poetry_options:quote(Path), ": ", file:format_error(Reason)])
    end,
    Schedule = poetry_schedule:even(byte_size(Poem), NumBytes, Delay),
    Output = poetry_output:open(1),
    {ok, Log} = send_log:start_link({maps:get("--log", Options, plain), Output}),
    process_flag(trap_exit, true),
    case poetry_stage:open(Iface, [{Port, {Poem, Schedule}}], Log) of
        {ok, Stage} ->
            [Number] = poetry_stage:ports(Stage),
            {ok, Ip} = inet:parse_strict_address(binary_to_list(Iface)),
            poetry_output:write(Output, ["Serving ", Path, " on ", poetry_address:format({Ip, Number}), ".\n"]),
            receive {'EXIT', _, Failure} -> failed(Failure) end;
        {error, Message} ->
            fail(Message)
    end.

-spec control() -> no_return().
control() ->
    {ok, Control} = poetry_control:start(),
    Monitor = monitor(process, Control),
    receive
        {'DOWN', Monitor, process, _, normal} -> halt(0);
        {'DOWN', Monitor, process, _, Reason} -> failed(Reason)
    end.

-spec whole(integer(), integer(), string()) -> poetry_options:option().
whole(Least, Most, Wanted) ->
    fun(Text) ->
        case string:to_integer(Text) of
            {Number, ""} when Number >= Least, Number =< Most -> {ok, Number};
            _ -> {wanted, Wanted}
        end
    end.

%% No port follows an IPv6 address here, so it needs no brackets.
-spec interface(string()) -> {ok, string()} | {wanted, string()}.
interface("[" ++ _) -> {wanted, "an address without brackets"};
interface(Text) -> {ok, Text}.

-spec seconds(string()) -> {ok, poetry_clock:nanoseconds()} | {wanted, string()}.
seconds(Text) ->
    case poetry_options:seconds(Text) of
        {ok, Time} when Time =< 3600_000_000_000 -> {ok, Time};
        _ -> {wanted, "a number of seconds from 0 to 3600"}
    end.

-spec log(string()) -> {ok, plain | ndjson} | {wanted, string()}.
log("plain") -> {ok, plain};
log("ndjson") -> {ok, ndjson};
log(_) -> {wanted, "plain or ndjson"}.

-spec refuse(iodata()) -> no_return().
refuse(Message) ->
    say(2, ["slow-poetry-server: ", Message, "\n", usage()]),
    halt(2).

%% The log cannot be written, or there is a bug in this program.
-spec failed(term()) -> no_return().
failed({send_log, Reason}) ->
    fail(["cannot write the send log: ", file:format_error(Reason)]);
failed(Reason) ->
    fail(io_lib:format("the server failed: ~0P", [Reason, 9])).

-spec fail(iodata()) -> no_return().
fail(Message) ->
    say(2, [Message, "\n"]),
    halt(1).

-spec say(1 | 2, iodata()) -> ok.
say(Descriptor, Text) ->
    poetry_output:write(poetry_output:open(Descriptor), Text).
