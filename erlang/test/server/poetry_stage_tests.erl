%% Servers on real TCP: what arrives at their clients, and what they record.
%% The test's own process is the log: records come as its mail.
-module(poetry_stage_tests).

-include_lib("eunit/include/eunit.hrl").

-define(TEST(Body), {timeout, 60, fun() -> Body end}).
-define(MS, 1_000_000).
-define(HOUR, 3600_000_000_000).
-define(POEM, (list_to_binary([lists:seq(0, 255) || _ <- "four"]))).

a_poem_arrives_byte_for_byte_and_then_the_end_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, poetry_schedule:even(1024, 100, 0)),
        ?assertEqual(?POEM, reader:fetch(Port)),
        ?assertMatch([{_, 1, 1, {accept, _}} | _], records_until(close)),
        poetry_stage:close(Stage)
    end).

an_empty_poem_is_an_end_without_bytes_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(<<>>, poetry_schedule:even(0, 100, ?MS)),
        ?assertEqual(<<>>, reader:fetch(Port)),
        ?assertMatch([{_, _, _, {accept, _}}, {_, _, _, close}], records_until(close)),
        poetry_stage:close(Stage)
    end).

each_chunk_is_due_at_its_time_after_the_accept_however_late_the_last_was_test_() ->
    ?TEST(begin
        Times = [0, 20 * ?MS, 40 * ?MS, 60 * ?MS],
        {Stage, [Port]} = serve(?POEM, [{At, {send, 10}} || At <- Times] ++ [{60 * ?MS, close}]),
        %% Held up from its accept on, until three chunks are due.
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

a_reset_comes_after_the_bytes_before_it_and_is_no_end_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 150}}, {100 * ?MS, reset}]),
        {ok, Client} = reader:connect(Port),
        ?assertEqual({ok, binary:part(?POEM, 0, 150)}, gen_tcp:recv(Client, 150, 30000)),
        ?assertEqual({error, econnreset}, gen_tcp:recv(Client, 0, 30000)),
        ?assertMatch([{_, _, _, {accept, _}}, {_, _, _, {send, 0, 150, _}}, {_, _, _, reset}],
                     records_until(reset)),
        poetry_stage:close(Stage)
    end).

a_client_that_ends_its_side_still_gets_the_rest_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, {send, 10}}, {?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        ok = gen_tcp:shutdown(Client, write),
        ?assertMatch([{accept, _}, {send, 0, 10, _}, half_close], acts_until(half_close)),
        an_hour_passes(Stage),
        ?assertEqual(binary:part(?POEM, 0, 20), reader:read_all(Client)),
        ?assertMatch([{send, 10, 20, _}, close], acts_until(close)),
        poetry_stage:close(Stage)
    end).

what_a_client_says_is_of_no_interest_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, {send, 10}}, {?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        [ok = gen_tcp:send(Client, binary:copy(<<"GET / HTTP/1.0\r\n">>, 100)) || _ <- "many times"],
        ok = gen_tcp:shutdown(Client, write),
        %% By then it has read all of it: what is left unread would turn its end into a reset.
        _ = records_until(half_close),
        an_hour_passes(Stage),
        ?assertEqual(binary:part(?POEM, 0, 20), reader:read_all(Client)),
        poetry_stage:close(Stage),
        ?assertEqual(close, act(lists:last(all_records())))
    end).

a_client_that_hangs_up_is_missed_though_nothing_is_sent_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 100}}, {?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        {ok, _} = gen_tcp:recv(Client, 1, 30000),
        [Connection] = connections(Stage),
        Monitor = monitor(process, Connection),
        ok = inet:setopts(Client, [{linger, {true, 0}}]),
        ok = gen_tcp:close(Client),
        ?assertMatch([_, _, {_, 1, 1, hang_up}], records_until(hang_up)),
        receive {'DOWN', Monitor, process, _, _} -> ok end,
        poetry_stage:close(Stage)
    end).

a_stalled_connection_is_open_and_silent_until_the_servers_are_closed_test_() ->
    ?TEST(begin
        {Stage, Client} = stall(10),
        ?assertEqual({ok, binary:part(?POEM, 0, 10)}, gen_tcp:recv(Client, 10, 30000)),
        poetry_stage:close(Stage),
        ?assertEqual({error, econnreset}, gen_tcp:recv(Client, 0, 30000)),
        ?assertMatch([reset], [act(Record) || Record <- all_records()])
    end).

a_client_that_ends_its_side_of_a_stalled_connection_has_hung_up_test_() ->
    ?TEST(begin
        {Stage, Client} = stall(0),
        ok = gen_tcp:shutdown(Client, write),
        ?assertEqual({error, closed}, gen_tcp:recv(Client, 0, 30000)),
        ?assertEqual([hang_up], acts_until(hang_up)),
        poetry_stage:close(Stage)
    end).

a_client_that_breaks_a_stalled_connection_has_hung_up_test_() ->
    ?TEST(begin
        {Stage, Client} = stall(0),
        ok = inet:setopts(Client, [{linger, {true, 0}}]),
        ok = gen_tcp:close(Client),
        ?assertEqual([hang_up], acts_until(hang_up)),
        poetry_stage:close(Stage)
    end).

a_client_that_ended_its_side_before_the_stall_is_rid_of_it_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, {send, 10}}, {?HOUR, stall}]),
        {ok, Client} = reader:connect(Port),
        ok = gen_tcp:shutdown(Client, write),
        ?assertMatch([{accept, _}, {send, 0, 10, _}, half_close], acts_until(half_close)),
        an_hour_passes(Stage),
        ?assertEqual(binary:part(?POEM, 0, 20), reader:read_all(Client)),
        ?assertMatch([{send, 10, 20, _}, hang_up], acts_until(hang_up)),
        poetry_stage:close(Stage)
    end).

bytes_that_were_waiting_for_their_client_still_come_before_the_stall_test_() ->
    ?TEST(begin
        %% More than the kernel holds for one connection.
        Poem = << <<N:32>> || N <- lists:seq(1, 4_000_000) >>,
        {Stage, [Port]} = serve(Poem, [{0, {send, byte_size(Poem)}}, {0, stall}]),
        {ok, Client} = reader:connect(Port, [{recbuf, 4096}]),
        ok = gen_tcp:shutdown(Client, write),
        %% It has not hung up: there is more to come.
        _ = records_until(half_close),
        ?assertEqual(Poem, reader:read_all(Client)),
        ?assertMatch({send, _, Last, _} when Last =:= byte_size(Poem),
                     act(lists:nth(2, lists:reverse(records_until(hang_up))))),
        poetry_stage:close(Stage)
    end).

a_server_that_ends_its_side_alone_waits_for_the_client_to_hang_up_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {0, fin}]),
        {ok, Client} = reader:connect(Port, [{exit_on_close, false}]),
        ?assertEqual({ok, binary:part(?POEM, 0, 10)}, gen_tcp:recv(Client, 10, 30000)),
        ?assertEqual({error, closed}, gen_tcp:recv(Client, 0, 30000)),
        ?assertMatch([{accept, _}, {send, 0, 10, _}, fin], acts_until(fin)),
        ok = gen_tcp:send(Client, "are you still there?"),
        ?assertEqual([], all_records()),
        ok = gen_tcp:close(Client),
        ?assertEqual([hang_up], acts_until(hang_up)),
        poetry_stage:close(Stage)
    end).

a_client_that_ended_its_side_before_the_server_does_is_rid_of_it_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, {send, 10}}, {?HOUR, fin}]),
        {ok, Client} = reader:connect(Port),
        ok = gen_tcp:shutdown(Client, write),
        ?assertMatch([{accept, _}, {send, 0, 10, _}, half_close], acts_until(half_close)),
        an_hour_passes(Stage),
        ?assertEqual(binary:part(?POEM, 0, 20), reader:read_all(Client)),
        ?assertMatch([{send, 10, 20, _}, fin, hang_up], acts_until(hang_up)),
        poetry_stage:close(Stage)
    end).

a_server_ends_its_side_only_after_all_its_bytes_test_() ->
    ?TEST(begin
        Poem = << <<N:32>> || N <- lists:seq(1, 4_000_000) >>,
        {Stage, [Port]} = serve(Poem, [{0, {send, byte_size(Poem)}}, {0, fin}]),
        {ok, Client} = reader:connect(Port, [{recbuf, 4096}]),
        ?assertEqual(Poem, reader:read_all(Client)),
        ?assertMatch({send, _, Last, _} when Last =:= byte_size(Poem),
                     act(lists:nth(2, lists:reverse(records_until(fin))))),
        _ = records_until(hang_up),
        poetry_stage:close(Stage)
    end).

a_client_that_left_is_missed_by_the_next_chunks_test_() ->
    ?TEST(begin
        Sends = [{?HOUR + N * 50 * ?MS, {send, 1}} || N <- lists:seq(1, 1000)],
        {Stage, [Port]} = serve(?POEM, Sends ++ [{2 * ?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        ok = gen_tcp:close(Client),
        ?assertMatch([{accept, _}, half_close], acts_until(half_close)),
        an_hour_passes(Stage),
        _ = records_until(hang_up),
        poetry_stage:close(Stage)
    end).

a_client_that_does_not_read_holds_up_nobody_and_makes_no_chunk_late_test_() ->
    ?TEST(begin
        %% 16 MB, more than the kernel holds for one connection, no part like another.
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

closing_resets_what_is_open_and_frees_the_ports_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        {ok, _} = gen_tcp:recv(Client, 10, 30000),
        poetry_stage:close(Stage),
        ?assertEqual([reset], [reset || {_, 1, 1, reset} <- all_records()]),
        ?assertEqual({error, econnreset}, gen_tcp:recv(Client, 0, 30000)),
        ?assertEqual({error, econnrefused}, reader:connect(Port)),
        {Again, [Port]} = open([{Port, {?POEM, [{0, close}]}}]),
        %% The kernel remembers, for a while, a connection that the server ended.
        ?assertEqual(<<>>, reader:fetch(Port)),
        poetry_stage:close(Again),
        {Third, [Port]} = open([{Port, {?POEM, [{0, close}]}}]),
        ?assertEqual(<<>>, reader:fetch(Port)),
        poetry_stage:close(Third),
        _ = all_records()
    end).

a_port_that_is_down_refuses_and_nobody_else_can_take_it_test_() ->
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

a_port_in_use_is_named_and_what_was_opened_before_it_is_freed_test_() ->
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

an_address_that_is_none_is_told_test_() ->
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

a_connection_that_crashes_ends_alone_test_() ->
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

serve(Poem, Schedule) ->
    ok = poetry_schedule:check(Schedule, max(1024, byte_size(Poem))),
    open([{0, {Poem, Schedule}}]).

%% A client whose connection, after so many bytes, has stalled.
stall(Size) ->
    {Stage, [Port]} = serve(?POEM, [{0, {send, Size}} || Size > 0] ++ [{0, stall}]),
    {ok, Client} = reader:connect(Port),
    _Accept = next_record(),
    _Sends = [next_record() || Size > 0],
    [Connection] = connections(Stage),
    %% It answers when it has done all that is due.
    _ = sys:get_state(Connection, infinity),
    {Stage, Client}.

%% What another test has left in the mailbox is not ours.
open(Servers) ->
    _ = all_records(),
    {ok, Stage} = poetry_stage:open(<<"127.0.0.1">>, Servers, self()),
    {Stage, poetry_stage:ports(Stage)}.

connections(Stage) ->
    [Pid || {_, Pid, _, _} <- supervisor:which_children(connection_sup(Stage))].

connection_sup(Stage) ->
    [Supervisor] = [Pid || {connections, Pid, _, _} <- supervisor:which_children(Stage)],
    Supervisor.

%% As if all connections had been accepted an hour earlier.
an_hour_passes(Stage) ->
    [begin
        _ = sys:replace_state(Connection, fun(State) -> setelement(6, State, element(6, State) - ?HOUR) end, infinity),
        Connection ! {timeout, make_ref(), perform}
     end || Connection <- connections(Stage), is_process_alive(Connection)].

next_record() ->
    receive {'$gen_cast', Record} -> Record end.

records_until({Server, Act}) ->
    case next_record() of
        {_, Server, _, Act} = Record -> [Record];
        Record -> [Record | records_until({Server, Act})]
    end;
records_until(Act) ->
    records_until({1, Act}).

acts_until(Act) ->
    [act(Record) || Record <- records_until(Act)].

all_records() ->
    receive {'$gen_cast', Record} -> [Record | all_records()] after 0 -> [] end.

act({_Time, _Server, _Conn, Act}) -> Act.
