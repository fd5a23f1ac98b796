%% Ends of a connection: stalls, half-closes, and clients that hang up.
-module(poetry_stage_ends_tests).

-include_lib("eunit/include/eunit.hrl").
-include("test_stage.hrl").

-import(test_stage, [serve/2, connections/1, an_hour_passes/1, next_record/0, records_until/1,
                     acts_until/1, all_records/0, act/1]).

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

the_bytes_that_a_client_sends_are_ignored_test_() ->
    ?TEST(begin
        {Stage, [Port]} = serve(?POEM, [{0, {send, 10}}, {?HOUR, {send, 10}}, {?HOUR, close}]),
        {ok, Client} = reader:connect(Port),
        [ok = gen_tcp:send(Client, binary:copy(<<"GET / HTTP/1.0\r\n">>, 100)) || _ <- "many times"],
        ok = gen_tcp:shutdown(Client, write),
        %% Then the server has read all of it: closing with unread bytes would be a reset.
        _ = records_until(half_close),
        an_hour_passes(Stage),
        ?assertEqual(binary:part(?POEM, 0, 20), reader:read_all(Client)),
        poetry_stage:close(Stage),
        ?assertEqual(close, act(lists:last(all_records())))
    end).

a_client_that_hangs_up_is_noticed_although_nothing_is_sent_test_() ->
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

a_client_that_resets_a_stalled_connection_has_hung_up_test_() ->
    ?TEST(begin
        {Stage, Client} = stall(0),
        ok = inet:setopts(Client, [{linger, {true, 0}}]),
        ok = gen_tcp:close(Client),
        ?assertEqual([hang_up], acts_until(hang_up)),
        poetry_stage:close(Stage)
    end).

if_the_client_ended_its_side_first_a_stall_ends_the_connection_test_() ->
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

bytes_that_wait_for_the_client_to_read_are_sent_before_the_stall_test_() ->
    ?TEST(begin
        %% More than the kernel holds for one connection.
        Poem = << <<N:32>> || N <- lists:seq(1, 4_000_000) >>,
        {Stage, [Port]} = serve(Poem, [{0, {send, byte_size(Poem)}}, {0, stall}]),
        {ok, Client} = reader:connect(Port, [{recbuf, 4096}]),
        ok = gen_tcp:shutdown(Client, write),
        %% The client has not hung up, because more bytes are coming.
        _ = records_until(half_close),
        ?assertEqual(Poem, reader:read_all(Client)),
        ?assertMatch({send, _, Last, _} when Last =:= byte_size(Poem),
                     act(lists:nth(2, lists:reverse(records_until(hang_up))))),
        poetry_stage:close(Stage)
    end).

a_server_that_ends_only_its_side_waits_for_the_client_to_hang_up_test_() ->
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

if_the_client_ended_its_side_first_a_fin_ends_the_connection_test_() ->
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

a_client_that_closed_is_noticed_by_the_next_chunks_test_() ->
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

%% A client whose connection has stalled after so many bytes.
stall(Size) ->
    {Stage, [Port]} = serve(?POEM, [{0, {send, Size}} || Size > 0] ++ [{0, stall}]),
    {ok, Client} = reader:connect(Port),
    _Accept = next_record(),
    _Sends = [next_record() || Size > 0],
    [Connection] = connections(Stage),
    %% The process answers after it has performed all acts that are due.
    _ = sys:get_state(Connection, infinity),
    {Stage, Client}.
