-module(send_record_tests).

-include_lib("eunit/include/eunit.hrl").

a_record_for_programs_is_one_json_object_in_seconds_test_() ->
    [{Json, ?_assertEqual(<<"{\"t\":1000.500001,\"act\":", Json/binary, "}\n">>,
                          iolist_to_binary(send_record:ndjson({1_000_500_001_400, 2, 3, Act})))}
     || {Act, Json} <-
            [{{accept, "127.0.0.1:9"}, <<"\"accept\",\"server\":2,\"conn\":3,\"peer\":\"127.0.0.1:9\"">>},
             {{send, 10, 20, undefined}, <<"\"send\",\"server\":2,\"conn\":3,\"start\":10,\"end\":20">>},
             {{send, 0, 5, 1_000_000_000_000},
              <<"\"send\",\"server\":2,\"conn\":3,\"start\":0,\"end\":5,\"due\":1000.000000">>},
             {half_close, <<"\"half-close\",\"server\":2,\"conn\":3">>},
             {close, <<"\"close\",\"server\":2,\"conn\":3">>},
             {reset, <<"\"reset\",\"server\":2,\"conn\":3">>},
             {hang_up, <<"\"hang-up\",\"server\":2,\"conn\":3">>}]].

a_record_for_people_is_a_line_in_seconds_since_the_log_began_test_() ->
    [{Words, ?_assertEqual(<<"    1.250 s  server 1  connection 7: ", Words/binary, "\n">>,
                           iolist_to_binary(send_record:plain(500_000_000, {1_750_000_000, 1, 7, Act})))}
     || {Act, Words} <- [{{accept, "127.0.0.1:9"}, <<"accepted, from 127.0.0.1:9">>},
                         {{send, 10, 20, undefined}, <<"sent bytes 10 to 20">>},
                         {hang_up, <<"hang-up">>}]].
