-module(poetry_address_tests).

-include_lib("eunit/include/eunit.hrl").

a_bare_port_means_this_machine_test() ->
    ?assertEqual({ok, [{"127.0.0.1", 10001}]}, poetry_address:parse(["10001"])).

a_host_may_come_before_the_port_test() ->
    ?assertEqual({ok, [{"poems.example", 1}, {"127.0.0.1", 65535}]},
                 poetry_address:parse(["poems.example:1", "65535"])).

no_arguments_are_an_error_test() ->
    ?assertMatch({error, _}, poetry_address:parse([])).

a_bad_address_among_good_ones_is_named_test_() ->
    [{Bad, fun() ->
        {error, Message} = poetry_address:parse(["10001", Bad, "10002"]),
        ?assertEqual(<<"bad address \"", (list_to_binary(Bad))/binary, "\"">>,
                     iolist_to_binary(Message))
      end}
     || Bad <- ["", "poem", "host:", ":10001", "host:poem", "0", "65536",
                "host:99999999999999999999", "-1", "+1", " 1", "1 ", "1\n", "a:b:80"]].

a_host_is_shown_as_the_bytes_that_were_typed_test() ->
    Typed = binary_to_list(<<"gedichte-f\xc3\xbcr-\xff:10001">>),
    {ok, [Address]} = poetry_address:parse([Typed]),
    ?assertEqual(list_to_binary(Typed), iolist_to_binary(poetry_address:format(Address))).

a_bare_port_is_shown_with_its_host_test() ->
    {ok, [Address]} = poetry_address:parse(["10001"]),
    ?assertEqual(<<"127.0.0.1:10001">>, iolist_to_binary(poetry_address:format(Address))).
