%% @doc Progress lines and failure lines, one event per line.
%%
%% Pure functions: the caller decides where a line goes. Each line ends with its
%% newline, so that the caller can write it in one piece.
-module(poetry_progress).

-export([got/3, took/3, failed/3]).

%% @doc The line for one read of `Bytes' bytes (seed part 20).
-spec got(pos_integer(), pos_integer(), poetry_address:address()) -> iolist().
got(TaskNum, Bytes, Address) ->
    ["Task ", integer_to_list(TaskNum),
     ": got ", integer_to_list(Bytes), " bytes of poetry from ",
     poetry_address:format(Address), $\n].

%% @doc The line for a poem that came whole (seed part 20, exercise 3). The time
%% counts from before the connect to the end of the poem.
-spec took(pos_integer(), non_neg_integer(), poetry_address:address()) -> iolist().
took(TaskNum, Microseconds, Address) ->
    ["Task ", integer_to_list(TaskNum),
     ": took ", float_to_list(Microseconds / 1.0e6, [{decimals, 3}]), " s (",
     poetry_address:format(Address), ")\n"].

%% @doc The line for a poem that did not come whole. `Reason' is the exit reason
%% of its process.
-spec failed(pos_integer(), term(), poetry_address:address()) -> iolist().
failed(TaskNum, Reason, Address) ->
    ["Task ", integer_to_list(TaskNum),
     ": failed: ", in_plain_words(Reason), " (",
     poetry_address:format(Address), ")\n"].

-spec in_plain_words(term()) -> iolist().
in_plain_words(econnrefused) -> "connection refused";
in_plain_words(econnreset) -> "connection reset";
%% The first is the kernel's timeout, the second the client's own.
in_plain_words(etimedout) -> "timed out";
in_plain_words(timeout) -> "timed out";
in_plain_words(nxdomain) -> "unknown host";
%% gen_tcp:connect/4 exits with this reason if no host can have such a name.
in_plain_words(badarg) -> "unknown host";
in_plain_words(Reason) when is_atom(Reason) -> inet:format_error(Reason);
%% A bug in this program: the beginning of the reason, on one line and without
%% the stack trace.
in_plain_words(Reason) -> io_lib:format("~0P", [Reason, 4]).
