%% @doc A schedule: all that a slow server does on one connection, as acts, each
%% at a time after the accept (the slow server of the seed).
%%
%% Only the last act does not send. `close' and `reset' end the connection. `fin'
%% ends the server's side only; then the client must end its own. After `stall'
%% the server sends nothing and leaves the connection open until the client ends it.
%%
%% As text, each act is one line: `SECONDS send BYTES', or `SECONDS' and `close',
%% `fin', `reset' or `stall'.
-module(poetry_schedule).

-export([even/3, parse_act/1, check/2]).
-export_type([act/0, ending/0, schedule/0]).

-type act() :: {At :: poetry_clock:nanoseconds(), {send, Bytes :: pos_integer()} | ending()}.
-type ending() :: close | fin | reset | stall.
-type schedule() :: [act()].

%% @doc Sends `Size' bytes in chunks of `NumBytes', with a pause of `Delay' before
%% each, then closes: the options `--num-bytes' and `--delay' of the seed.
-spec even(non_neg_integer(), pos_integer(), poetry_clock:nanoseconds()) -> schedule().
even(Size, NumBytes, Delay) ->
    even(Size, NumBytes, Delay, 0).

-spec even(non_neg_integer(), pos_integer(), poetry_clock:nanoseconds(),
           poetry_clock:nanoseconds()) -> schedule().
even(0, _NumBytes, _Delay, At) ->
    [{At, close}];
even(Size, NumBytes, Delay, At) ->
    Chunk = min(Size, NumBytes),
    [{At + Delay, {send, Chunk}} | even(Size - Chunk, NumBytes, Delay, At + Delay)].

%% @doc Reads one line of a schedule.
-spec parse_act(binary()) -> {ok, act()} | {error, iodata()}.
parse_act(Line) ->
    try
        [At | Words] = string:lexemes(Line, " \t\r"),
        {ok, Time} = poetry_options:seconds(At),
        {ok, {Time, kind(Words)}}
    catch
        error:_ ->
            {error, ["not an act of a schedule: ", poetry_options:quote(Line),
                     " (wanted 'SECONDS send BYTES', or 'SECONDS' and 'close', 'fin', 'reset' or 'stall')"]}
    end.

-spec kind([binary()]) -> {send, pos_integer()} | ending().
kind([<<"send">>, Digits]) ->
    Bytes = binary_to_integer(Digits),
    true = Bytes > 0,
    {send, Bytes};
kind([<<"close">>]) -> close;
kind([<<"fin">>]) -> fin;
kind([<<"reset">>]) -> reset;
kind([<<"stall">>]) -> stall.

%% @doc Checks that the acts are a schedule for a poem of `Size' bytes. An error
%% says why they are not.
-spec check([act()], non_neg_integer()) -> ok | {error, iodata()}.
check(Acts, Size) ->
    Times = [At || {At, _} <- Acts],
    Sent = lists:sum([Bytes || {_, {send, Bytes}} <- Acts]),
    InOrder = lists:sort(Times) =:= Times,
    case lists:dropwhile(fun is_send/1, Acts) of
        [] ->
            {error, "a schedule must end with 'close', 'fin', 'reset' or 'stall'"};
        [_, _ | _] ->
            {error, "nothing can follow a 'close', a 'fin', a 'reset' or a 'stall'"};
        [_] when not InOrder ->
            {error, "the times of a schedule must not go back"};
        [_] when Sent > Size ->
            {error, io_lib:format("the schedule sends ~b bytes of a poem of ~b", [Sent, Size])};
        [_] ->
            ok
    end.

-spec is_send(act()) -> boolean().
is_send({_At, Kind}) -> is_tuple(Kind).
