-module(poetry_schedule_tests).

-include_lib("eunit/include/eunit.hrl").

-define(MS, 1_000_000).

an_even_schedule_pauses_before_each_chunk_and_closes_after_the_last_test() ->
    ?assertEqual([{500 * ?MS, {send, 10}}, {1000 * ?MS, {send, 10}}, {1500 * ?MS, {send, 5}},
                  {1500 * ?MS, close}],
                 poetry_schedule:even(25, 10, 500 * ?MS)).

an_empty_poem_is_closed_at_once_test() ->
    ?assertEqual([{0, close}], poetry_schedule:even(0, 10, 500 * ?MS)).

an_even_schedule_is_valid_test_() ->
    [?_assertEqual(ok, poetry_schedule:check(poetry_schedule:even(Size, NumBytes, 1), Size))
     || {Size, NumBytes} <- [{0, 1}, {1, 1}, {30, 10}, {31, 10}, {9, 10}]].

an_act_is_one_line_of_text_test_() ->
    [?_assertEqual({ok, Act}, poetry_schedule:parse_act(Line))
     || {Line, Act} <- [{<<"0.500000 send 10">>, {500 * ?MS, {send, 10}}},
                        {<<"1.25 reset">>, {1250 * ?MS, reset}},
                        {<<" 2\tclose\r">>, {2000 * ?MS, close}},
                        {<<"2 stall">>, {2000 * ?MS, stall}},
                        {<<"2 fin">>, {2000 * ?MS, fin}},
                        {<<"0.0000000019 close">>, {1, close}}]].

a_line_that_is_not_an_act_is_quoted_with_what_was_expected_test_() ->
    [{Line, fun() ->
        {error, Message} = poetry_schedule:parse_act(Line),
        ?assertEqual(<<"not an act of a schedule: '", Line/binary, "' (wanted 'SECONDS send BYTES', "
                       "or 'SECONDS' and 'close', 'fin', 'reset' or 'stall')">>, iolist_to_binary(Message))
      end}
     || Line <- [<<>>, <<"0.5">>, <<"soon send 10">>, <<"0.5 sing 10">>, <<"-1 send 10">>,
                 <<"nan send 10">>, <<"inf close">>, <<"0.5 send">>, <<"0.5 send 0">>,
                 <<"0.5 send -3">>, <<"0.5 send 1.5">>, <<"0.5 send 10 20">>, <<"0.5 close 10">>,
                 <<"0.5 reset now">>, <<"stall">>, <<"0.5 stall 10">>, <<"0.5 fin 10">>]].

acts_that_are_not_a_schedule_are_refused_with_the_reason_test_() ->
    [{Why, fun() ->
        {error, Message} = poetry_schedule:check(Acts, 10),
        ?assertEqual(Why, iolist_to_binary(Message))
      end}
     || {Acts, Why} <-
            [{[], <<"a schedule must end with 'close', 'fin', 'reset' or 'stall'">>},
             {[{0, {send, 5}}], <<"a schedule must end with 'close', 'fin', 'reset' or 'stall'">>},
             {[{0, close}, {1, close}], <<"nothing can follow a 'close', a 'fin', a 'reset' or a 'stall'">>},
             {[{0, reset}, {1, {send, 5}}], <<"nothing can follow a 'close', a 'fin', a 'reset' or a 'stall'">>},
             {[{0, stall}, {1, close}], <<"nothing can follow a 'close', a 'fin', a 'reset' or a 'stall'">>},
             {[{5, {send, 1}}, {4, close}], <<"the times of a schedule must not go back">>},
             {[{0, {send, 6}}, {0, {send, 5}}, {0, close}],
              <<"the schedule sends 11 bytes of a poem of 10">>}]].

a_schedule_need_not_send_the_whole_poem_test() ->
    [?assertEqual(ok, poetry_schedule:check([{0, {send, 3}}, {0, Ending}], 10)) || Ending <- [fin, reset, stall]].
