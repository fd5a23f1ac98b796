#!/usr/bin/env escript
%% A client that gets nothing yet; docs/client-contract.md says what it must do.
main(_Arguments) ->
    io:put_chars(standard_error, "not written yet\n"),
    halt(1).
