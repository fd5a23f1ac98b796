%% What fetch/3 returns; get_poetry_program_tests runs the program itself.
-module(get_poetry_tests).

-include_lib("eunit/include/eunit.hrl").

all_addresses_are_connected_before_any_poem_comes_test() ->
    Servers = [{Server1, _}, {Server2, _}, {Server3, _}] =
        [scripted_server:start([pause, "poem"]) || _ <- [1, 2, 3]],
    Fetch = start_fetch([Port || {_, Port} <- Servers]),
    [scripted_server:await_pause(Server) || Server <- [Server1, Server2, Server3]],
    [scripted_server:resume(Server) || Server <- [Server1, Server2, Server3]],
    ?assertEqual({[<<"poem">>, <<"poem">>, <<"poem">>], 0}, poems_of(Fetch)).

the_poem_that_finished_last_comes_first_test() ->
    {Slow, SlowPort} = scripted_server:start([pause, "slow"]),
    {Quick, QuickPort} = scripted_server:start([pause, "quick"]),
    {Collector, _} = Fetch = start_fetch([SlowPort, QuickPort]),
    1 = erlang:trace(Collector, true, ['receive']),
    scripted_server:resume(Quick),
    receive {trace, Collector, 'receive', {poem, 2, _}} -> ok end,
    scripted_server:resume(Slow),
    ?assertEqual({[{1, <<"slow">>}, {2, <<"quick">>}], 0}, result_of(Fetch)).

the_order_can_be_chosen_test_() ->
    Poems = [{2, <<"last">>}, {3, <<"second">>}, {1, <<"first">>}],
    [{atom_to_list(Order), ?_assertEqual(Tasks, [Task || {Task, _} <- get_poetry:in_order(Order, Poems)])}
     || {Order, Tasks} <- [{arguments, [1, 2, 3]}, {completion, [1, 3, 2]},
                           {'reverse-completion', [2, 3, 1]}]].

quiet_reports_only_failures_test() ->
    {_, Port} = scripted_server:start(["poem"]),
    Dead = scripted_server:unused_port(),
    Fetch = start_fetch([Port, Dead], #{quiet => true}),
    ?assertMatch(<<"Task 2: failed: ", _/binary>>, next_line(Fetch)),
    ?assertEqual({[<<"poem">>], 1}, poems_of(Fetch)),
    ?assertEqual(none, next_line_now(Fetch)).

times_are_reported_for_whole_poems_only_test() ->
    {_, Port} = scripted_server:start(["poem"]),
    Dead = scripted_server:unused_port(),
    Fetch = start_fetch([Dead, Port], #{quiet => true, times => true}),
    Lines = lists:sort([next_line(Fetch), next_line(Fetch)]),
    ?assertMatch([<<"Task 1: failed: ", _/binary>>, <<"Task 2: took ", _/binary>>], Lines),
    ?assertMatch({match, _}, re:run(lists:last(Lines),
                                    ["^Task 2: took [0-9]+\\.[0-9]{3} s \\(127.0.0.1:",
                                     integer_to_list(Port), "\\)\n$"])),
    ?assertEqual({[<<"poem">>], 1}, poems_of(Fetch)),
    ?assertEqual(none, next_line_now(Fetch)).

a_dead_address_is_reported_while_the_others_go_on_test() ->
    {Server, Port} = scripted_server:start([pause, "poem"]),
    Dead = scripted_server:unused_port(),
    Fetch = start_fetch([Port, Dead]),
    Line = ["Task 2: failed: connection refused (127.0.0.1:", integer_to_list(Dead), ")\n"],
    ?assertEqual(iolist_to_binary(Line), next_line(Fetch)),
    scripted_server:resume(Server),
    ?assertEqual({[<<"poem">>], 1}, poems_of(Fetch)).

a_poem_that_was_reset_halfway_is_not_returned_test() ->
    {_, Whole} = scripted_server:start(["whole"]),
    {Server, Broken} = scripted_server:start(["half", pause, reset]),
    Fetch = start_fetch([Whole, Broken]),
    scripted_server:await_pause(Server),
    scripted_server:resume(Server),
    ?assertEqual({[<<"whole">>], 1}, poems_of(Fetch)).

%% EUnit runs all tests in one process: the reference says which test a message
%% is for.
start_fetch(Ports) ->
    start_fetch(Ports, #{}).

start_fetch(Ports, Options) ->
    Test = self(),
    Ref = make_ref(),
    Report = fun(Line) -> Test ! {Ref, line, iolist_to_binary(Line)} end,
    Addresses = [{"127.0.0.1", Port} || Port <- Ports],
    Collector = spawn_link(fun() -> Test ! {Ref, result, get_poetry:fetch(Addresses, Options, Report)} end),
    {Collector, Ref}.

next_line({_Collector, Ref}) ->
    receive {Ref, line, Line} -> Line end.

result_of({_Collector, Ref}) ->
    receive {Ref, result, Result} -> Result end.

poems_of(Fetch) ->
    {Poems, Failures} = result_of(Fetch),
    {[Poem || {_TaskNum, Poem} <- Poems], Failures}.

next_line_now({_Collector, Ref}) ->
    receive {Ref, line, Line} -> Line after 0 -> none end.
