%% @doc An EUnit listener that counts tests: it sends `{test_count, Passed, Failed}'
%% to the process given as its only option. Cancelled and skipped tests count as
%% failed, because they have not shown that anything works.
-module(test_count).
-behaviour(eunit_listener).

-export([start/1]).
-export([init/1, handle_begin/3, handle_end/3, handle_cancel/3, terminate/2]).

start(Options) -> eunit_listener:start(?MODULE, Options).

init([Receiver]) -> Receiver.

handle_begin(_Kind, _Data, Receiver) -> Receiver.

handle_end(_Kind, _Data, Receiver) -> Receiver.

handle_cancel(_Kind, _Data, Receiver) -> Receiver.

terminate({ok, Counts}, Receiver) ->
    [Pass, Fail, Skip, Cancel] =
        [proplists:get_value(Key, Counts, 0) || Key <- [pass, fail, skip, cancel]],
    Receiver ! {test_count, Pass, Fail + Skip + Cancel};
terminate({error, _Reason}, Receiver) ->
    Receiver ! {test_count, 0, 1}.
