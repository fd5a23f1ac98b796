%% @doc The clock of the send log: CLOCK_MONOTONIC in nanoseconds, the same that
%% other programs on this machine read (Python's time.monotonic()).
%%
%% erlang:monotonic_time/1 will not do: it begins anywhere, and runs up to one
%% per cent too fast or too slow while it follows a wall clock that was set.
%% On Linux os:perf_counter/1 reads CLOCK_MONOTONIC as it is; a test compares it
%% with the one source that names its clock, erlang:system_info/1, which is too
%% slow to be asked for each chunk.
-module(poetry_clock).

-export([now/0, timer/2]).
-export_type([nanoseconds/0]).

-type nanoseconds() :: integer().

%% @doc What the clock says.
-spec now() -> nanoseconds().
now() ->
    os:perf_counter(nanosecond).

%% @doc Sends `{timeout, Timer, Message}' to the caller once `Wait' has passed:
%% never before, and up to a millisecond later, the grain of Erlang's timers.
-spec timer(Wait :: nanoseconds(), Message :: term()) -> reference().
timer(Wait, Message) ->
    %% A relative time-out would be rounded up twice: by us and by the runtime.
    At = erlang:monotonic_time(nanosecond) + Wait,
    erlang:start_timer(-(-At div 1_000_000), self(), Message, [{abs, true}]).
