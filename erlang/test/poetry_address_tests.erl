-module(poetry_address_tests).

-include_lib("eunit/include/eunit.hrl").

a_port_alone_means_this_machine_test() ->
    ?assertEqual({ok, [{"127.0.0.1", 10001}]}, poetry_address:parse(["10001"])).

a_host_may_come_before_the_port_test() ->
    ?assertEqual({ok, [{"poems.example", 1}, {"127.0.0.1", 65535}]},
                 poetry_address:parse(["poems.example:1", "65535"])).

no_arguments_are_an_error_test() ->
    ?assertEqual({error, "no address given"}, poetry_address:parse([])).

a_bad_argument_among_good_ones_is_named_with_the_reason_test_() ->
    [{Bad, fun() ->
        {error, Message} = poetry_address:parse(["10001", Bad, "10002"]),
        ?assertEqual(iolist_to_binary(["bad argument ", poetry_options:quote(Bad), ": ", Why]),
                     iolist_to_binary(Message))
      end}
     || {Why, Arguments} <-
            [{"the port is not a number from 1 to 65535",
              ["", "poem", "host:", "host:poem", "0", "65536", "host:99999999999999999999",
               "-1", "+1", " 1", "1 ", "1\n"]},
             {"the host is empty", [":10001", ":"]},
             {"more than one colon; an IPv6 address is written in brackets, before a port, like [::1]:10001",
              ["a:b:80", "::1", "::1:10001", "x[::1]:1"]},
             {"an IPv6 address is written in brackets, before a port, like [::1]:10001",
              ["[::1]", "[::1", "[]:1", "[::1]10001", "[127.0.0.1]:1", "[localhost]:1", "[::1%lo]:1",
               "[fe80::1%lo]:1", "[1::2::3]:1", "[1:2:3:4:5:6:7]:1", "[g::1]:1", "[::12345]:1", "[ ::1]:1",
               "[[::1]]:1"]},
             {"the port is not a number from 1 to 65535", ["[::1]:", "[::1]:x", "[::1]:0", "[::1]:65536"]}],
        Bad <- Arguments].

a_host_is_shown_as_the_bytes_that_were_typed_test() ->
    Typed = binary_to_list(<<"gedichte-f\xc3\xbcr-\xff:10001">>),
    {ok, [Address]} = poetry_address:parse([Typed]),
    ?assertEqual(list_to_binary(Typed), iolist_to_binary(poetry_address:format(Address))).

an_ipv6_address_is_read_and_shown_in_brackets_as_it_was_typed_test_() ->
    [{Host, fun() ->
        ?assertEqual({ok, [{Host, 10001}]}, poetry_address:parse(["[" ++ Host ++ "]:0010001"])),
        ?assertEqual(iolist_to_binary(["[", Host, "]:10001"]),
                     iolist_to_binary(poetry_address:format({Host, 10001})))
      end}
     || Host <- ["::1", "::", "2001:db8::7", "FE80::1", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.7", "0::0:1"]].

the_address_of_a_socket_is_shown_in_its_short_form_test() ->
    ?assertEqual([<<"[::1]:1">>, <<"10.0.0.7:2">>],
                 [iolist_to_binary(poetry_address:format(Address))
                  || Address <- [{{0, 0, 0, 0, 0, 0, 0, 1}, 1}, {{10, 0, 0, 7}, 2}]]).

a_port_alone_is_shown_with_its_host_test() ->
    {ok, [Address]} = poetry_address:parse(["10001"]),
    ?assertEqual(<<"127.0.0.1:10001">>, iolist_to_binary(poetry_address:format(Address))).
