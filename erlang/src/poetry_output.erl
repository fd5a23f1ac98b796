%% @doc Writes bytes to standard output and standard error, unchanged.
%%
%% It uses a port per file descriptor instead of OTP's io servers. An io server
%% encodes by locale, differs between OTP releases, and may answer before the
%% bytes are written; then it cannot say that nobody reads them. Only one process
%% may write: so lines stay whole, and all of stderr is written before stdout.
-module(poetry_output).

-export([open/1, write/2]).

%% @doc Opens the file descriptor 1 (standard output) or 2 (standard error).
-spec open(1 | 2) -> port().
open(Descriptor) ->
    %% A port is busy while this many bytes wait in its queue. The limit is one,
    %% so a port that is not busy has written all of them.
    Port = open_port({fd, 0, Descriptor},
                     [out, binary, {busy_limits_port, {1, 1}}]),
    %% A failing port would end a linked process before it could choose the exit
    %% status.
    unlink(Port),
    Port.

%% @doc Writes bytes and returns when all are written. If nobody reads them any
%% more, the program ends with exit status 1.
-spec write(port(), iodata()) -> ok.
write(Port, Bytes) ->
    try
        true = port_command(Port, Bytes),
        %% A busy port suspends the process that writes to it, even if it writes
        %% no bytes: so this returns when the queue is empty.
        true = port_command(Port, []),
        ok
    catch
        error:badarg -> halt(1)
    end.
