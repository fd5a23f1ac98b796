-module(poetry_clock_tests).

-include_lib("eunit/include/eunit.hrl").

it_reads_the_monotonic_clock_of_the_operating_system_test() ->
    Before = poetry_clock:now(),
    Source = erlang:system_info(os_monotonic_time_source),
    After = poetry_clock:now(),
    ?assertEqual('CLOCK_MONOTONIC', proplists:get_value(clock_id, Source)),
    Time = erlang:convert_time_unit(proplists:get_value(time, Source), native, nanosecond),
    ?assert(Before =< Time),
    ?assert(Time =< After).

a_timer_never_comes_too_early_test() ->
    [begin
        Due = poetry_clock:now() + Wait,
        Timer = poetry_clock:timer(Wait, now),
        receive {timeout, Timer, now} -> ok end,
        ?assert(poetry_clock:now() >= Due)
     end || Wait <- [1, 300_000, 1_000_000, 1_700_001, 2_999_999]].
