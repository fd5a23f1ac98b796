%% @doc The lines that say how a poem is coming along, one event a line.
%%
%% Pure: whoever calls decides where a line goes. Each line carries its own
%% newline, so that it can be written in one piece and never be torn.
-module(poetry_progress).

-export([got/3, took/3, failed/3]).

%% @doc The line for one read of `Bytes' bytes (seed part 20).
-spec got(pos_integer(), pos_integer(), poetry_address:address()) -> iolist().
got(TaskNum, Bytes, Address) ->
    ["Task ", integer_to_list(TaskNum),
     ": got ", integer_to_list(Bytes), " bytes of poetry from ",
     poetry_address:format(Address), $\n].

%% @doc The line for a whole poem that took so many microseconds, from before
%% its connection to its end (seed part 20, exercise 3).
-spec took(pos_integer(), non_neg_integer(), poetry_address:address()) -> iolist().
took(TaskNum, Microseconds, Address) ->
    ["Task ", integer_to_list(TaskNum),
     ": took ", float_to_list(Microseconds / 1.0e6, [{decimals, 3}]), " s (",
     poetry_address:format(Address), ")\n"].

%% @doc The line for a poem that did not come whole; `Reason' is the exit
%% reason of the process that was to get it.
-spec failed(pos_integer(), term(), poetry_address:address()) -> iolist().
failed(TaskNum, Reason, Address) ->
    ["Task ", integer_to_list(TaskNum),
     ": failed: ", in_plain_words(Reason), " (",
     poetry_address:format(Address), ")\n"].

-spec in_plain_words(term()) -> iolist().
in_plain_words(econnrefused) -> "connection refused";
in_plain_words(econnreset) -> "connection reset";
%% The kernel gave up, or we did.
in_plain_words(etimedout) -> "timed out";
in_plain_words(timeout) -> "timed out";
in_plain_words(nxdomain) -> "unknown host";
%% gen_tcp:connect/4 exits so when no host could have such a name.
in_plain_words(badarg) -> "unknown host";
in_plain_words(Reason) when is_atom(Reason) -> inet:format_error(Reason);
%% A bug of ours: enough of it to find it, but on one line and no stack trace.
in_plain_words(Reason) -> io_lib:format("~0P", [Reason, 4]).
