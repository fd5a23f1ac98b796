-module(poetry_client_tests).

-include_lib("eunit/include/eunit.hrl").

-define(TEST(Body), {timeout, 60, fun() -> Body end}).

a_poem_comes_back_byte_for_byte_test() ->
    %% All byte values, then a character of three bytes that the pause cuts.
    First = <<(list_to_binary(lists:seq(0, 255)))/binary, 16#e2, 16#82>>,
    Second = <<16#ac, "\r\n\n">>,
    {Server, Port} = scripted_server:start([First, pause, Second]),
    Client = start_client(1, Port),
    _ = next_line(Client),
    scripted_server:resume(Server),
    ?assertEqual({poem, <<First/binary, Second/binary>>}, end_of(Client)).

a_read_is_reported_while_the_poem_is_unfinished_test() ->
    {Server, Port} = scripted_server:start(["Tyger ", pause, "tyger"]),
    Client = start_client(7, Port),
    Address = ["127.0.0.1:", integer_to_list(Port)],
    ?assertEqual(bytes(["Task 7: got 6 bytes of poetry from ", Address, "\n"]), next_line(Client)),
    scripted_server:resume(Server),
    ?assertEqual(bytes(["Task 7: got 5 bytes of poetry from ", Address, "\n"]), next_line(Client)),
    ?assertEqual({poem, <<"Tyger tyger">>}, end_of(Client)).

the_reported_numbers_add_up_to_the_poem_test() ->
    Poem = binary:copy(<<"burning bright\n">>, 50000),
    {_, Port} = scripted_server:start([Poem]),
    Client = start_client(1, Port),
    ?assertEqual({poem, Poem}, end_of(Client)),
    ?assertEqual(byte_size(Poem), lists:sum(reported_numbers(Client))).

an_empty_poem_comes_whole_without_a_read_test() ->
    {_, Port} = scripted_server:start([]),
    Client = start_client(1, Port),
    ?assertEqual({poem, <<>>}, end_of(Client)),
    ?assertEqual([], reported_numbers(Client)).

a_reset_midway_fails_that_poem_test() ->
    {Server, Port} = scripted_server:start(["In the forests", pause, reset]),
    Client = start_client(1, Port),
    _ = next_line(Client),
    scripted_server:resume(Server),
    ?assertEqual(econnreset, end_of(Client)).

a_reset_before_the_first_byte_fails_that_poem_test() ->
    {_, Port} = scripted_server:start([reset]),
    ?assertEqual(econnreset, end_of(start_client(1, Port))).

a_port_that_nobody_listens_on_fails_the_poem_test() ->
    Port = scripted_server:unused_port(),
    ?assertEqual(econnrefused, end_of(start_client(1, Port))).

an_invalid_host_name_is_an_unknown_host_test() ->
    Address = {"no host", 10001},
    Reason = end_of(start_client_at(1, Address)),
    ?assertEqual(<<"Task 1: failed: unknown host (no host:10001)\n">>,
                 bytes(poetry_progress:failed(1, Reason, Address))).

an_ipv6_address_is_fetched_and_named_in_brackets_test() ->
    {_, Port} = scripted_server:start(["a poem"], {0, 0, 0, 0, 0, 0, 0, 1}),
    Client = start_client_at(1, {"::1", Port}),
    ?assertEqual(bytes(["Task 1: got 6 bytes of poetry from [::1]:", integer_to_list(Port), "\n"]), next_line(Client)),
    ?assertEqual({poem, <<"a poem">>}, end_of(Client)).

all_addresses_of_a_name_are_tried_test_() ->
    %% The runtime's own table of hosts, so that no name service is asked.
    Lookup = inet_db:res_option(lookup),
    Dual = [{0, 0, 0, 0, 0, 0, 0, 1}, {127, 0, 0, 1}],
    {setup,
     fun() ->
        ok = inet_db:set_lookup([file]),
        [ok = inet_db:add_host(Ip, ["dual.example"]) || Ip <- Dual],
        ok = inet_db:add_host({0, 0, 0, 0, 0, 0, 0, 1}, ["dual.example", "six.example"])
     end,
     fun(_) ->
        [ok = inet_db:del_host(Ip) || Ip <- Dual],
        ok = inet_db:set_lookup(Lookup)
     end,
     [?TEST(begin
        {_, Port} = scripted_server:start(["a poem"], Alive),
        Client = start_client_at(1, {"dual.example", Port}),
        ?assertEqual(bytes(["Task 1: got 6 bytes of poetry from dual.example:", integer_to_list(Port), "\n"]),
                     next_line(Client)),
        ?assertEqual({poem, <<"a poem">>}, end_of(Client))
      end) || Alive <- Dual]
     ++ [?_assertEqual(econnrefused, end_of(start_client_at(1, {Name, scripted_server:unused_port()})))
         || Name <- ["dual.example", "six.example"]]}.

if_a_server_does_not_answer_connecting_times_out_test_() ->
    ?TEST(begin
        {Listener, Port} = full_listener(),
        ?assertEqual(timeout, end_of(start_client_at(1, {"127.0.0.1", Port}, 200))),
        ok = gen_tcp:close(Listener)
    end).

if_a_server_stops_sending_the_poem_times_out_and_the_connection_is_closed_test_() ->
    ?TEST(begin
        {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}]),
        {ok, Port} = inet:port(Listener),
        Client = start_client_at(1, {"127.0.0.1", Port}, 200),
        {ok, Server} = gen_tcp:accept(Listener),
        ?assertEqual({error, closed}, gen_tcp:recv(Server, 0, 30000)),
        ?assertEqual(timeout, end_of(Client)),
        ok = gen_tcp:close(Server),
        ok = gen_tcp:close(Listener)
    end).

the_timeout_starts_again_with_each_read_test_() ->
    ?TEST(begin
        %% Five waits, each shorter than the timeout, together longer.
        {Server, Port} = scripted_server:start(lists:append(lists:duplicate(5, [pause, "x"]))),
        Client = start_client_at(1, {"127.0.0.1", Port}, 4000),
        [begin
            scripted_server:await_pause(Server),
            _ = erlang:send_after(900, Server, resume)
         end || _ <- lists:seq(1, 5)],
        ?assertEqual({poem, <<"xxxxx">>}, end_of(Client))
    end).

%% A listener whose queue is full, so that the kernel answers no other client.
full_listener() ->
    {ok, Listener} = gen_tcp:listen(0, [{backlog, 0}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    fill(Port),
    {Listener, Port}.

fill(Port) ->
    case gen_tcp:connect({127, 0, 0, 1}, Port, [], 500) of
        {ok, _} -> fill(Port);
        {error, timeout} -> ok
    end.

%% A client in a process of its own, as in the program. It sends its lines to the
%% test.
start_client(TaskNum, Port) ->
    start_client_at(TaskNum, {"127.0.0.1", Port}).

start_client_at(TaskNum, Address) ->
    start_client_at(TaskNum, Address, infinity).

start_client_at(TaskNum, Address, Timeout) ->
    Test = self(),
    Report = fun(Line) -> Test ! {line, self(), bytes(Line)} end,
    spawn_monitor(fun() ->
        exit({poem, poetry_client:get_poem(TaskNum, Address, Timeout, Report)})
    end).

end_of({_Pid, Monitor}) ->
    receive {'DOWN', Monitor, process, _, Reason} -> Reason end.

next_line({Pid, _Monitor}) ->
    receive {line, Pid, Line} -> Line end.

%% The numbers in the lines that have come. The client must have ended.
reported_numbers({Pid, _Monitor} = Client) ->
    receive
        {line, Pid, Line} ->
            {match, [Number]} = re:run(Line, "got ([0-9]+) bytes",
                                       [{capture, all_but_first, binary}]),
            [binary_to_integer(Number) | reported_numbers(Client)]
    after 0 ->
        []
    end.

bytes(Data) ->
    iolist_to_binary(Data).
