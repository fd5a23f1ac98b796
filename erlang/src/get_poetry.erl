%% @doc The client program `get-poetry [option ...] [host:]port ...' (seed part
%% 20 and its exercises).
%%
%% One monitored process per address gets one poem. It sends its progress lines
%% and then the poem to the main process; its 'DOWN' message says that it has
%% ended, and whether it failed. The poems are printed at the end, the one that
%% finished last first; `--order' chooses another order. A SIGTERM stops the
%% program: it prints the poems that are whole by then.
-module(get_poetry).

-export([main/1, fetch/3, in_order/2]).
-export_type([options/0, order/0, outcome/0]).

%% The exit status of a program that was ended by SIGTERM: 128 + 15.
-define(STATUS_OF_SIGTERM, 143).

-type task() :: {TaskNum :: pos_integer(), poetry_address:address()}.
-type poem() :: {TaskNum :: pos_integer(), binary()}.
-type say() :: fun((Line :: iodata()) -> term()).
%% `quiet': no progress lines. `times': a line with the time that each poem took.
%% `timeout': a task fails after so many milliseconds without a byte.
-type options() :: #{quiet => boolean(), times => boolean(), timeout => timeout()}.
%% How many tasks failed; `sigterm' if a SIGTERM came before all had ended.
-type outcome() :: Failures :: non_neg_integer() | sigterm.
-type order() :: arguments | completion | 'reverse-completion'.

%% @doc Entry point of the escript. Exit status 0: every poem came whole;
%% 1: at least one failed; 2: bad arguments, and nothing was fetched; 143: it was
%% stopped by SIGTERM, and it has printed the poems that were whole.
-spec main([string()]) -> no_return().
main(Arguments) ->
    ok = poetry_signal:mail_sigterm(),
    %% If the limit of open files is reached, no module can be loaded any more,
    %% and the program could not report the failure.
    ok = code:ensure_modules_loaded([poetry_client, poetry_progress, erl_posix_msg, inet6_tcp]),
    Stderr = poetry_output:open(2),
    Say = fun(Text) -> poetry_output:write(Stderr, Text) end,
    case parse(Arguments) of
        {ok, Options, Order, Addresses} ->
            {Poems, Outcome} = fetch(Addresses, Options, Say),
            Bytes = [[Poem, $\n] || {_, Poem} <- in_order(Order, Poems)],
            poetry_output:write(poetry_output:open(1), Bytes),
            halt(status(Outcome));
        {help, Usage} ->
            poetry_output:write(poetry_output:open(1), Usage),
            halt(0);
        {error, Message} ->
            Say(["get-poetry: ", Message, "\n", usage()]),
            halt(2)
    end.

-spec status(outcome()) -> 0 | 1 | ?STATUS_OF_SIGTERM.
status(sigterm) ->
    ?STATUS_OF_SIGTERM;
status(Failures) ->
    receive
        sigterm -> ?STATUS_OF_SIGTERM  % it came during printing
    after 0 ->
        min(1, Failures)
    end.

-spec parse([string()]) ->
    {ok, options(), order(), [poetry_address:address(), ...]} | {help, iodata()} | {error, iodata()}.
parse(Arguments) ->
    Known = #{"--help" => flag, "--quiet" => flag, "--times" => flag, "--order" => fun order/1,
              "--timeout" => fun timeout/1},
    case poetry_options:parse(Arguments, Known) of
        {ok, #{"--help" := true}, _} ->
            {help, usage()};
        {ok, Given, Others} ->
            case poetry_address:parse(Others) of
                {ok, Addresses} ->
                    Options = #{quiet => is_map_key("--quiet", Given),
                                times => is_map_key("--times", Given),
                                timeout => maps:get("--timeout", Given, infinity)},
                    {ok, Options, maps:get("--order", Given, 'reverse-completion'), Addresses};
                {error, _} = Error ->
                    Error
            end;
        {error, _} = Error ->
            Error
    end.

-spec order(string()) -> {ok, order()} | {wanted, string()}.
order("arguments") -> {ok, arguments};
order("completion") -> {ok, completion};
order("reverse-completion") -> {ok, 'reverse-completion'};
order(_) -> {wanted, "arguments, completion or reverse-completion"}.

%% At least one millisecond: the runtime has no shorter timeouts.
-spec timeout(string()) -> {ok, pos_integer()} | {wanted, string()}.
timeout(Text) ->
    case poetry_options:seconds(Text) of
        {ok, Time} when Time > 0, Time =< 3600_000_000_000 -> {ok, max(1, Time div 1_000_000)};
        _ -> {wanted, "a number of seconds above 0 and at most 3600"}
    end.

-spec usage() -> string().
usage() ->
    "usage: get-poetry [--quiet] [--times] [--order ORDER] [--timeout SECONDS]\n"
    "                  [host:]port ...\n"
    "  --quiet            print no progress lines, only failures\n"
    "  --times            print how long each poem took\n"
    "  --order ORDER      print the poems in this order: arguments, completion\n"
    "                     or reverse-completion (default: reverse-completion)\n"
    "  --timeout SECONDS  give up an address that sends nothing for so long\n".

%% @doc Sorts poems for printing. `Poems' has the one that finished last first.
-spec in_order(order(), [poem()]) -> [poem()].
in_order('reverse-completion', Poems) -> Poems;
in_order(completion, Poems) -> lists:reverse(Poems);
in_order(arguments, Poems) -> lists:keysort(1, Poems).

%% @doc Gets the poems at all addresses at once and calls `Say' with each line to
%% print. Returns the poems that came whole, with their task numbers and the one
%% that finished last first, and the number of tasks that failed. The message
%% `sigterm' stops it: all connections are closed, and none is reported.
-spec fetch([poetry_address:address()], options(), say()) -> {[poem()], outcome()}.
fetch(Addresses, Options, Say) ->
    Tasks = maps:from_list([start(Task, Options) || Task <- lists:enumerate(Addresses)]),
    collect(Tasks, Say, [], 0).

-spec start(task(), options()) -> {Monitor :: reference(), {pid(), task()}}.
start({TaskNum, Address} = Task, Options) ->
    Main = self(),
    Tell = fun(Line) -> Main ! {progress, Line} end,
    Report = case maps:get(quiet, Options, false) of
        true -> fun(_Line) -> ok end;
        false -> Tell
    end,
    Timeout = maps:get(timeout, Options, infinity),
    {Pid, Monitor} = spawn_monitor(fun() ->
        Began = erlang:monotonic_time(microsecond),
        Poem = poetry_client:get_poem(TaskNum, Address, Timeout, Report),
        Took = erlang:monotonic_time(microsecond) - Began,
        maps:get(times, Options, false) andalso Tell(poetry_progress:took(TaskNum, Took, Address)),
        Main ! {poem, TaskNum, Poem}
    end),
    {Monitor, {Pid, Task}}.

%% Waits until every process is down. The messages of one process arrive in the
%% order in which they were sent, 'DOWN' last, so no message is missed.
-spec collect(#{Monitor :: reference() => {pid(), task()}}, say(), [poem()],
              non_neg_integer()) -> {[poem()], outcome()}.
collect(Tasks, _Say, Poems, Failures) when map_size(Tasks) =:= 0 ->
    {Poems, Failures};
collect(Tasks, Say, Poems, Failures) ->
    receive
        {progress, Line} ->
            Say(Line),
            collect(Tasks, Say, Poems, Failures);
        {poem, TaskNum, Poem} ->
            collect(Tasks, Say, [{TaskNum, Poem} | Poems], Failures);
        {'DOWN', Monitor, process, Pid, Reason} ->
            {{Pid, Task}, Others} = maps:take(Monitor, Tasks),
            collect(Others, Say, Poems, Failures + failures(Task, Reason, Say));
        sigterm ->
            _ = [exit(Pid, shutdown) || {Pid, _Task} <- maps:values(Tasks)],
            {Poems, sigterm}
    end.

-spec failures(task(), Reason :: term(), say()) -> 0 | 1.
failures(_Task, normal, _Say) ->
    0;
failures({TaskNum, Address}, Reason, Say) ->
    Say(poetry_progress:failed(TaskNum, Reason, Address)),
    1.
