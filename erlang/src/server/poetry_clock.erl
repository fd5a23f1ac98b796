%% @doc The clock of the send log: CLOCK_MONOTONIC in nanoseconds. All programs
%% on this machine share it (in Python it is time.monotonic()).
%%
%% erlang:monotonic_time/1 is another clock: it starts at any value, and runs up
%% to one per cent too fast or too slow after the wall clock was set. On Linux
%% os:perf_counter/1 reads CLOCK_MONOTONIC unchanged. A test compares it with
%% erlang:system_info/1, which names the clock that it reads, but is too slow to
%% be called for each chunk.
-module(poetry_clock).

-export([now/0, timer/2]).
-export_type([nanoseconds/0]).

-type nanoseconds() :: integer().

%% @doc The time now.
-spec now() -> nanoseconds().
now() ->
    os:perf_counter(nanosecond).

%% @doc Sends `{timeout, Timer, Message}' to the caller after `Wait': never too
%% early, and up to a millisecond late, the resolution of Erlang's timers.
-spec timer(Wait :: nanoseconds(), Message :: term()) -> reference().
timer(Wait, Message) ->
    %% A relative timeout would be rounded up twice: here and by the runtime.
    At = erlang:monotonic_time(nanosecond) + Wait,
    erlang:start_timer(-(-At div 1_000_000), self(), Message, [{abs, true}]).
