%% @doc The program: `get-poetry [option ...] [host:]port ...', after seed part
%% 20 and its exercises.
%%
%% One monitored process per address gets one poem. All it has to say it sends
%% to the main process: progress lines, then the poem; and its 'DOWN' message
%% tells that it has ended, and whether it failed. Poems are printed at the end,
%% the most recently finished first: the order in which they piled up. `--order'
%% asks for another. A SIGTERM is the end, too: of what has come by then.
-module(get_poetry).

-export([main/1, fetch/3, in_order/2]).
-export_type([options/0, order/0, outcome/0]).

%% What the shell is told of a program that a SIGTERM has ended: 128 + 15.
-define(STATUS_OF_SIGTERM, 143).

-type task() :: {TaskNum :: pos_integer(), poetry_address:address()}.
-type poem() :: {TaskNum :: pos_integer(), binary()}.
-type say() :: fun((Line :: iodata()) -> term()).
%% `quiet': no line for each read; `times': a line with the time of each poem;
%% `timeout': how many milliseconds of silence end a task, if not `infinity'.
-type options() :: #{quiet => boolean(), times => boolean(), timeout => timeout()}.
%% How many poems did not come, or that a SIGTERM came first.
-type outcome() :: Failures :: non_neg_integer() | sigterm.
-type order() :: arguments | completion | 'reverse-completion'.

%% @doc Entry point of the escript. Exit status 0: every poem came whole;
%% 1: at least one failed; 2: bad arguments, and nothing was fetched; 143: it was
%% stopped by SIGTERM, and the poems that were whole have been printed.
-spec main([string()]) -> no_return().
main(Arguments) ->
    ok = poetry_signal:mail_sigterm(),
    %% When no more files can be opened, no module can be loaded to say so.
    ok = code:ensure_modules_loaded([poetry_client, poetry_progress, erl_posix_msg]),
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
        sigterm -> ?STATUS_OF_SIGTERM  % it came while we were printing
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

%% At least one millisecond: the runtime counts no finer.
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
    "  --quiet            say nothing of each read, only of failures\n"
    "  --times            say of each poem how long it took\n"
    "  --order ORDER      of the poems printed: arguments, completion or\n"
    "                     reverse-completion, the default\n"
    "  --timeout SECONDS  give up on an address that is silent so long\n".

%% @doc Puts poems, the most recently finished first, in the order asked for.
-spec in_order(order(), [poem()]) -> [poem()].
in_order('reverse-completion', Poems) -> Poems;
in_order(completion, Poems) -> lists:reverse(Poems);
in_order(arguments, Poems) -> lists:keysort(1, Poems).

%% @doc Gets the poems at all addresses at once, calling `Say' with each line
%% that is to be shown. Returns the poems that came whole with their tasks'
%% numbers, the most recently finished first, and how many did not. The mail
%% `sigterm' stops it: all connections are closed, and nothing is said of them.
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

%% Waits until every process is down. Messages of one process arrive in the
%% order sent, 'DOWN' last: so nothing is missed.
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
