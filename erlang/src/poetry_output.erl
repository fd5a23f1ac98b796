%% @doc Exact bytes to standard output and standard error.
%%
%% A port per file descriptor, where one would expect the io servers: those
%% encode by locale, differ between releases of OTP, and may answer before the
%% bytes have left, and so miss that nobody reads them. One process writes:
%% then lines stay whole, and all stderr has left before stdout begins.
-module(poetry_output).

-export([open/1, write/2]).

%% @doc Opens the file descriptor 1 (standard output) or 2 (standard error).
-spec open(1 | 2) -> port().
open(Descriptor) ->
    %% A port is busy while this many bytes are queued in it: with a limit of
    %% one, not being busy means that all have left.
    Port = open_port({fd, 0, Descriptor},
                     [out, binary, {busy_limits_port, {1, 1}}]),
    %% Else a port that fails ends us, before we can choose the exit status.
    unlink(Port),
    Port.

%% @doc Writes bytes and returns when they have left. If nobody reads them any
%% more, the program stops: exit status 1.
-spec write(port(), iodata()) -> ok.
write(Port, Bytes) ->
    try
        true = port_command(Port, Bytes),
        %% A busy port suspends whoever would write to it, be it nothing.
        true = port_command(Port, []),
        ok
    catch
        error:badarg -> halt(1)
    end.
