-module(poetry_options_tests).

-include_lib("eunit/include/eunit.hrl").

options_and_arguments_may_stand_in_any_order_test_() ->
    [{lists:flatten(lists:join($\s, Arguments)),
      ?_assertEqual({ok, #{"--size" => 7, "--quiet" => true}, ["a", "b"]}, parse(Arguments))}
     || Arguments <- [["--size", "7", "--quiet", "a", "b"], ["a", "--quiet", "b", "--size=7"]]].

after_two_dashes_there_are_no_more_options_test() ->
    ?assertEqual({ok, #{"--quiet" => true}, ["a", "--size", "--"]},
                 parse(["--quiet", "--", "a", "--size", "--"])).

one_dash_alone_is_an_argument_test() ->
    ?assertEqual({ok, #{}, ["a", "-"]}, parse(["a", "-"])).

of_an_option_given_twice_the_last_value_counts_test() ->
    ?assertMatch({ok, #{"--size" := 2}, []}, parse(["--size", "1", "--size", "2"])).

a_wrong_option_is_named_with_the_reason_test_() ->
    [{binary_to_list(Words), ?_assertEqual(Words, error_of(Arguments))}
     || {Arguments, Words} <-
            [{["--pace"], <<"unknown option '--pace'">>},
             {["a", "-x"], <<"unknown option '-x'">>},
             {["--\e[2J"], <<"unknown option '--\\x1b[2J'">>},
             {["--size"], <<"option --size: needs a value">>},
             {["--size=x"], <<"option --size: 'x' is not a digit">>},
             {["--size", ""], <<"option --size: '' is not a digit">>},
             {["--quiet=yes"], <<"option --quiet: takes no value">>}]].

seconds_are_digits_with_or_without_a_decimal_point_test_() ->
    [{Text, ?_assertEqual(Wanted, poetry_options:seconds(Text))}
     || {Text, Wanted} <- [{"2", {ok, 2_000_000_000}}, {"0.25", {ok, 250_000_000}},
                           {"0.0000000019", {ok, 1}}, {"", error}, {".5", error}, {"5.", error},
                           {"-1", error}, {"1e3", error}, {"1\n", error}, {"inf", error}]].

error_of(Arguments) ->
    {error, Message} = parse(Arguments),
    iolist_to_binary(Message).

parse(Arguments) ->
    poetry_options:parse(Arguments, #{"--quiet" => flag, "--size" => fun digit/1}).

digit([Digit]) when Digit >= $0, Digit =< $9 -> {ok, Digit - $0};
digit(_) -> {wanted, "a digit"}.
