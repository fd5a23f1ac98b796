-module(poetry_progress_tests).

-include_lib("eunit/include/eunit.hrl").

-define(ADDRESS, {"127.0.0.1", 10001}).

a_progress_line_has_task_bytes_and_address_test() ->
    ?assertEqual(<<"Task 1: got 10 bytes of poetry from 127.0.0.1:10001\n">>,
                 iolist_to_binary(poetry_progress:got(1, 10, ?ADDRESS))).

the_time_of_a_poem_is_in_seconds_test() ->
    ?assertEqual(<<"Task 3: took 1.250 s (127.0.0.1:10001)\n">>,
                 iolist_to_binary(poetry_progress:took(3, 1_250_400, ?ADDRESS))).

a_failure_line_has_the_reason_in_plain_words_test_() ->
    [{Words, ?_assertEqual(bytes(["Task 2: failed: ", Words, " (127.0.0.1:10001)\n"]),
                           failed(Reason))}
     || {Reason, Words} <- [{econnrefused, "connection refused"},
                            {econnreset, "connection reset"},
                            {etimedout, "timed out"},
                            {timeout, "timed out"},
                            {nxdomain, "unknown host"},
                            {emfile, "too many open files"}]].

a_crash_is_reported_on_one_line_without_its_stack_trace_test() ->
    Crash = try lists:last([])
            catch error:Error:Stack -> {Error, Stack}
            end,
    ?assertMatch({match, _}, re:run(failed(Crash), "^Task 2: failed: .*function_clause[^\n]*\n$")),
    ?assertEqual(nomatch, binary:match(failed(Crash), <<"lists">>)).

failed(Reason) ->
    bytes(poetry_progress:failed(2, Reason, ?ADDRESS)).

bytes(Data) ->
    iolist_to_binary(Data).
