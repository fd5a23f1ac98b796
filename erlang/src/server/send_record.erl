%% @doc One record of the send log: what happened on a connection, and when.
%%
%% `send': the kernel took these bytes; `Due' is set if they begin a chunk and no
%% earlier bytes were waiting. `half_close': the client ended its side. `fin': the
%% server ended its side. `close' and `reset': the server ended the connection.
%% `hang_up': the client broke the connection, or ended its side when the server
%% had nothing more to send.
-module(send_record).

-export([ndjson/1, plain/2]).
-export_type([record/0, act/0]).

-type act() :: {accept, Peer :: iodata()}
             | {send, Start :: non_neg_integer(), End :: pos_integer(),
                Due :: poetry_clock:nanoseconds() | undefined}
             | half_close | fin | close | reset | hang_up.
-type record() :: {Time :: poetry_clock:nanoseconds(), Server :: pos_integer(),
                   Conn :: pos_integer(), act()}.

%% @doc For programs: one JSON object, times in seconds to the microsecond.
-spec ndjson(record()) -> iolist().
ndjson({Time, Server, Conn, Act}) ->
    ["{\"t\":", seconds(Time), ",\"act\":\"", name(Act),
     "\",\"server\":", integer_to_list(Server), ",\"conn\":", integer_to_list(Conn),
     details(Act), "}\n"].

%% @doc For people: seconds since the log began, and text.
-spec plain(Began :: poetry_clock:nanoseconds(), record()) -> iolist().
plain(Began, {Time, Server, Conn, Act}) ->
    Seconds = float_to_list((Time - Began) / 1.0e9, [{decimals, 3}]),
    [string:pad(Seconds, 9, leading), " s  server ", integer_to_list(Server),
     "  connection ", integer_to_list(Conn), ": ", words(Act), $\n].

-spec seconds(poetry_clock:nanoseconds()) -> binary().
seconds(Time) ->
    float_to_binary(Time / 1.0e9, [{decimals, 6}]).

-spec name(act()) -> string().
name({accept, _}) -> "accept";
name({send, _, _, _}) -> "send";
name(half_close) -> "half-close";
name(fin) -> "fin";
name(close) -> "close";
name(reset) -> "reset";
name(hang_up) -> "hang-up".

-spec details(act()) -> iolist().
details({accept, Peer}) ->
    [",\"peer\":\"", Peer, $"];
details({send, Start, End, Due}) ->
    [",\"start\":", integer_to_list(Start), ",\"end\":", integer_to_list(End)
     | [[",\"due\":", seconds(Due)] || Due =/= undefined]];
details(_) ->
    [].

-spec words(act()) -> iolist().
words({accept, Peer}) -> ["accepted, from ", Peer];
words({send, Start, End, _}) -> io_lib:format("sent bytes ~b to ~b", [Start, End]);
words(Act) -> name(Act).
