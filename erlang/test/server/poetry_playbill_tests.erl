-module(poetry_playbill_tests).

-include_lib("eunit/include/eunit.hrl").

-define(TEXT, "iface 0.0.0.0\n"
              "server 0 ../poems/science.txt\n"
              "0.500000 send 10\n"
              "0.500000 close\n"
              "down 10002\n"
              "server 10003 poems/with two  spaces.txt\n"
              "1.000000 reset\n").

servers_come_in_the_order_of_their_lines_test_() ->
    Wide = re:replace(?TEXT, "\n", "\n\n", [global, {return, binary}]),
    Indented = re:replace(?TEXT, "server ", "\t server  ", [global, {return, binary}]),
    [?_assertEqual({ok, {<<"0.0.0.0">>,
                         [{server, 0, <<"../poems/science.txt">>,
                           [{500_000_000, {send, 10}}, {500_000_000, close}]},
                          {down, 10002},
                          {server, 10003, <<"poems/with two  spaces.txt">>,
                           [{1_000_000_000, reset}]}]}},
                   poetry_playbill:parse(Text))
     || Text <- [<<?TEXT>>, Wide, Indented]].

without_an_iface_the_servers_listen_on_127_0_0_1_test() ->
    ?assertEqual({ok, {<<"127.0.0.1">>, [{down, 0}]}}, poetry_playbill:parse(<<"down 0\n">>)).

an_empty_text_is_a_playbill_without_servers_test() ->
    ?assertEqual({ok, {<<"127.0.0.1">>, []}}, poetry_playbill:parse(<<>>)).

an_error_has_the_number_of_the_line_and_the_reason_test_() ->
    [{Line, fun() ->
        {error, Message} = poetry_playbill:parse(<<"iface 127.0.0.1\n\ndown 0\n", Line/binary, "\ndown 0\n">>),
        ?assertEqual(<<"playbill, line 4: ", Why/binary>>, iolist_to_binary(Message))
      end}
     || {Line, Why} <-
            [{<<"0.5 close">>, <<"no server for '0.5 close'">>},
             {<<"server 0">>, <<"no server for 'server 0'">>},
             {<<"dawn 10001">>, <<"no server for 'dawn 10001'">>},
             {<<"server zero poem.txt">>, <<"'zero' is not a port from 0 to 65535">>},
             {<<"server -1 poem.txt">>, <<"-1 is not a port from 0 to 65535">>},
             {<<"down 65536">>, <<"65536 is not a port from 0 to 65535">>}]].
