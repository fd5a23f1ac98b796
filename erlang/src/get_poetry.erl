%% @doc The program: `get-poetry [host:]port ...', after seed part 20.
%%
%% One monitored process per address gets one poem. All it has to say it sends
%% to the main process: progress lines, then the poem; and its 'DOWN' message
%% tells that it has ended, and whether it failed. Poems are printed at the end,
%% the most recently finished first: the order in which they piled up.
-module(get_poetry).

-export([main/1, fetch/2]).

-type task() :: {TaskNum :: pos_integer(), poetry_address:address()}.
-type say() :: fun((Line :: iodata()) -> term()).

%% @doc Entry point of the escript. Exit status 0: every poem came whole;
%% 1: at least one failed; 2: bad arguments, and nothing was fetched.
-spec main([string()]) -> no_return().
main(Arguments) ->
    %% By default a SIGTERM ends in exit status 0, as if all poems had come.
    ok = os:set_signal(sigterm, default),
    %% When no more files can be opened, no module can be loaded to say so.
    ok = code:ensure_modules_loaded([poetry_client, poetry_progress, erl_posix_msg]),
    Stderr = poetry_output:open(2),
    Say = fun(Text) -> poetry_output:write(Stderr, Text) end,
    case poetry_address:parse(Arguments) of
        {ok, Addresses} ->
            {Poems, Failures} = fetch(Addresses, Say),
            poetry_output:write(poetry_output:open(1), [[Poem, $\n] || Poem <- Poems]),
            halt(min(1, Failures));
        {error, Message} ->
            Say(["get-poetry: ", Message, "\n"
                 "usage: get-poetry [host:]port ...\n"]),
            halt(2)
    end.

%% @doc Gets the poems at all addresses at once, calling `Say' with each
%% progress line. Returns the poems that came whole, the most recently finished
%% first, and the number of those that did not.
-spec fetch([poetry_address:address()], say()) ->
    {Poems :: [binary()], Failures :: non_neg_integer()}.
fetch(Addresses, Say) ->
    Tasks = maps:from_list([start(Task) || Task <- lists:enumerate(Addresses)]),
    collect(Tasks, Say, [], 0).

-spec start(task()) -> {Monitor :: reference(), task()}.
start({TaskNum, Address} = Task) ->
    Main = self(),
    Report = fun(Line) -> Main ! {progress, Line} end,
    {_Pid, Monitor} = spawn_monitor(fun() ->
        Main ! {poem, TaskNum, poetry_client:get_poem(TaskNum, Address, Report)}
    end),
    {Monitor, Task}.

%% Waits until every process is down. Messages of one process arrive in the
%% order sent, 'DOWN' last: so nothing is missed.
-spec collect(#{Monitor :: reference() => task()}, say(), [binary()],
              non_neg_integer()) -> {[binary()], non_neg_integer()}.
collect(Tasks, _Say, Poems, Failures) when map_size(Tasks) =:= 0 ->
    {Poems, Failures};
collect(Tasks, Say, Poems, Failures) ->
    receive
        {progress, Line} ->
            Say(Line),
            collect(Tasks, Say, Poems, Failures);
        {poem, _TaskNum, Poem} ->
            collect(Tasks, Say, [Poem | Poems], Failures);
        {'DOWN', Monitor, process, _Pid, Reason} ->
            {Task, Others} = maps:take(Monitor, Tasks),
            collect(Others, Say, Poems, Failures + failures(Task, Reason, Say))
    end.

-spec failures(task(), Reason :: term(), say()) -> 0 | 1.
failures(_Task, normal, _Say) ->
    0;
failures({TaskNum, Address}, Reason, Say) ->
    Say(poetry_progress:failed(TaskNum, Reason, Address)),
    1.
