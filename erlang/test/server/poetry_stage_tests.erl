%% Servers on real TCP: what their clients receive, and what they record.
-module(poetry_stage_tests).

-include_lib("eunit/include/eunit.hrl").
-include("test_stage.hrl").

-import(test_stage, [serve/2, open/1, connections/1, connection_sup/1, an_hour_passes/1,
                     next_record/0, records_until/1, all_records/0]).

a_poem_arrives_byte_for_byte_and_then_the_close_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, poetry_schedule:even(1024, 100, 0)),
        ?assertEqual(?POEM, reader:fetch(Port)),
        ?assertMatch([{_, 1, 1, {accept, _}} | _], records_until(close)),
        poetry_stage:close(Stage)
    end).

an_empty_poem_is_a_close_without_bytes_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(<<>>, poetry_schedule:even(0, 100, ?MS)),
        ?assertEqual(<<>>, reader:fetch(Port)),
        ?assertMatch([{_, _, _, {accept, _}}, {_, _, _, close}], records_until(close)),
        poetry_stage:close(Stage)
    end).

each_chunk_is_due_at_its_time_after_the_accept_even_if_the_last_one_was_late_test_() ->
    ?TEST(begin
        Times = [0, 20 * ?MS, 40 * ?MS, 60 * ?MS],
        {Stage, [Port]} = serve(?POEM, [{At, {send, 10}} || At <- Times] ++ [{60 * ?MS, close}]),
        %% Its process is started only when three chunks are due.
        ok = sys:suspend(connection_sup(Stage), infinity),
        {ok, Client} = reader:connect(Port),
        Timer = poetry_clock:timer(50 * ?MS, go_on),
        receive {timeout, Timer, go_on} -> ok = sys:resume(connection_sup(Stage), infinity) end,
        {Accepted, 1, 1, {accept, Peer}} = next_record(),
        {ok, {_, Number}} = inet:sockname(Client),
        ?assertEqual("127.0.0.1:" ++ integer_to_list(Number), lists:flatten(Peer)),
        Records = records_until(close),
        Sends = [{Time, Send} || {Time, 1, 1, {send, _, _, _} = Send} <- Records],
        ?assertEqual([{send, N, N + 10, Accepted + At}
                      || {N, At} <- lists:zip([0, 10, 20, 30], Times)],
                     [Send || {_, Send} <- Sends]),
        [?assert(Time >= Due) || {Time, {send, _, _, Due}} <- Sends],
        {ok, Poem} = gen_tcp:recv(Client, 40, 30000),
        ?assertEqual(binary:part(?POEM, 0, 40), Poem),
        poetry_stage:close(Stage)
    end).

a_reset_comes_after_the_bytes_before_it_and_is_not_an_orderly_end_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 150}}, {100 * ?MS, reset}]),
        {ok, Client} = reader:connect(Port),
        ?assertEqual({ok, binary:part(?POEM, 0, 150)}, gen_tcp:recv(Client, 150, 30000)),
        ?assertEqual({error, econnreset}, gen_tcp:recv(Client, 0, 30000)),
        ?assertMatch([{_, _, _, {accept, _}}, {_, _, _, {send, 0, 150, _}}, {_, _, _, reset}],
                     records_until(reset)),
        poetry_stage:close(Stage)
    end).

a_client_that_does_not_read_delays_no_other_and_makes_no_chunk_late_test_() ->
    ?TEST(begin
        %% 16 MB, more than the kernel holds for one connection; no two parts are equal.
        Poem = << <<N:32>> || N <- lists:seq(1, 4_000_000) >>,
        Half = byte_size(Poem) div 2,
        {Stage, [Big, Small]} = open([{0, {Poem, [{0, {send, Half}}, {100 * ?MS, {send, Half}}, {100 * ?MS, close}]}},
                                      {0, {?POEM, [{0, {send, 10}}, {400 * ?MS, {send, 10}}, {400 * ?MS, close}]}}]),
        {ok, Idle} = reader:connect(Big, [{recbuf, 4096}]),
        {_, 1, 1, {accept, _}} = next_record(),
        {_, 1, 1, {send, 0, End, Due}} = next_record(),
        ?assert(is_integer(Due)),
        ?assert(End < Half),
        ?assertEqual(binary:part(?POEM, 0, 20), reader:fetch(Small)),
        ?assertEqual(Poem, reader:read_all(Idle)),
        Sends = [{send, 0, End, Due}
                 | [Act || {_, 1, 1, {send, _, _, _} = Act} <- records_until({1, close})]],
        {_, _, _, _} = lists:foldl(fun({send, Start, To, Late}, {send, _, Start, _}) ->
                                      {send, Start, To, Late}
                                   end, {send, 0, 0, none}, Sends),
        ?assertMatch({send, _, Last, _} when Last =:= 2 * Half, lists:last(Sends)),
        ?assertEqual([], [Late || {send, _, _, Late} <- tl(Sends), Late =/= undefined]),
        poetry_stage:close(Stage)
    end).

closing_resets_open_connections_and_frees_the_ports_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        {ok, _} = gen_tcp:recv(Client, 10, 30000),
        poetry_stage:close(Stage),
        ?assertEqual([reset], [reset || {_, 1, 1, reset} <- all_records()]),
        ?assertEqual({error, econnreset}, gen_tcp:recv(Client, 0, 30000)),
        ?assertEqual({error, econnrefused}, reader:connect(Port)),
        {Again, [Port]} = open([{Port, {?POEM, [{0, close}]}}]),
        %% For a while the kernel remembers a connection that the server closed.
        ?assertEqual(<<>>, reader:fetch(Port)),
        poetry_stage:close(Again),
        {Third, [Port]} = open([{Port, {?POEM, [{0, close}]}}]),
        ?assertEqual(<<>>, reader:fetch(Port)),
        poetry_stage:close(Third),
        _ = all_records()
    end).

a_port_that_is_down_refuses_and_no_other_program_can_take_it_test_() ->
    ?TEST(begin
        {Stage, [Port]} = open([{0, down}]),
        ?assertEqual({error, econnrefused}, reader:connect(Port)),
        [?assertEqual({error, eaddrinuse},
                      gen_tcp:listen(Port, [{ip, {127, 0, 0, 1}}, {reuseaddr, Reuse}]))
         || Reuse <- [true, false]],
        poetry_stage:close(Stage),
        {ok, Listener} = gen_tcp:listen(Port, [{ip, {127, 0, 0, 1}}]),
        gen_tcp:close(Listener)
    end).

a_port_in_use_is_named_and_ports_opened_before_it_are_freed_test_() ->
    ?TEST(begin
        {First, [Free]} = open([{0, down}]),
        poetry_stage:close(First),
        {Stage, [Taken]} = open([{0, down}]),
        [begin
            {error, Message} = poetry_stage:open(<<"127.0.0.1">>, [{Free, {<<>>, [{0, close}]}}, {Taken, Poem}],
                                                 self()),
            ?assertEqual(iolist_to_binary(["cannot listen on 127.0.0.1:", integer_to_list(Taken),
                                           ": address already in use"]), iolist_to_binary(Message)),
            ?assertEqual({error, econnrefused}, reader:connect(Free, []))
         end || Poem <- [down, {<<>>, [{0, close}]}]],
        poetry_stage:close(Stage)
    end).

a_wrong_address_is_named_with_the_reason_test_() ->
    [?TEST(begin
        {error, Message} = poetry_stage:open(Iface, [{0, down}], self()),
        ?assertMatch({match, _}, re:run(Message, ["^cannot listen on ", Iface, ":0: ", Why, "$"]))
      end) || {Iface, Why} <- [{<<"192.0.2.1">>, "can't assign requested address"},
                               {<<"poetry">>, "not an IP address"}]].

many_clients_at_once_each_get_every_byte_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, poetry_schedule:even(1024, 64, 20 * ?MS)),
        Clients = [element(2, {ok, _} = reader:connect(Port)) || _ <- lists:seq(1, 200)],
        [?assertEqual(?POEM, reader:read_all(Client)) || Client <- Clients],
        poetry_stage:close(Stage),
        Records = all_records(),
        ?assertEqual(lists:seq(1, 200), lists:sort([Conn || {_, 1, Conn, {accept, _}} <- Records])),
        ?assertEqual(200, length([close || {_, 1, _, close} <- Records]))
    end).

if_one_connection_crashes_the_others_go_on_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, {send, 10}}, {?HOUR, close}]),
        {ok, First} = reader:connect(Port),
        ?assertMatch({ok, _}, gen_tcp:recv(First, 10, 30000)),
        [Connection] = connections(Stage),
        Monitor = monitor(process, Connection),
        {ok, Second} = reader:connect(Port),
        exit(Connection, kill),
        receive {'DOWN', Monitor, process, _, _} -> ok end,
        ?assertEqual({error, closed}, gen_tcp:recv(First, 0, 30000)),
        ?assertMatch({ok, _}, gen_tcp:recv(Second, 10, 30000)),
        an_hour_passes(Stage),
        ?assertEqual(binary:part(?POEM, 10, 10), reader:read_all(Second)),
        poetry_stage:close(Stage),
        _ = all_records()
    end).
