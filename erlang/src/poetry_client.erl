%% @doc Gets one poem: connect, read until the server closes, report each read.
%%
%% The code reads as if it blocked, and does: a process that waits for poetry
%% costs the others nothing. Only an orderly close ends a poem; every other end
%% is the exit reason of the calling process, so no failed poem looks whole.
-module(poetry_client).

-export([get_poem/4]).
-export_type([report/0]).

-type report() :: fun((Line :: iodata()) -> term()).

%% @doc Returns the poem at `Address', byte for byte, calling `Report' with one
%% progress line per read. Exits with the socket's error (`econnrefused',
%% `econnreset', `nxdomain', ...) if it does not come whole, with `timeout' if
%% for so many milliseconds there is no connection, or no byte since it was made
%% or since the last one. After seed part 20.
-spec get_poem(pos_integer(), poetry_address:address(), timeout(), report()) -> binary().
get_poem(TaskNum, {Host, Port} = Address, Timeout, Report) ->
    %% By default a reset looks like an orderly close (show_econnreset), and a
    %% chunk of more than 1460 bytes like several reads (buffer).
    Options = [binary, {active, false}, {show_econnreset, true}, {buffer, 65536}],
    case gen_tcp:connect(literal(Host), Port, Options, Timeout) of
        {ok, Socket} ->
            Got = fun(Bytes) ->
                Report(poetry_progress:got(TaskNum, Bytes, Address))
            end,
            read(Socket, Timeout, Got, <<>>);
        {error, Reason} ->
            exit(Reason)
    end.

-spec read(gen_tcp:socket(), timeout(), fun((pos_integer()) -> term()), binary()) -> binary().
read(Socket, Timeout, Got, Poem) ->
    case gen_tcp:recv(Socket, 0, Timeout) of
        {ok, Bytes} ->
            Got(byte_size(Bytes)),
            read(Socket, Timeout, Got, <<Poem/binary, Bytes/binary>>);
        {error, closed} ->
            Poem;
        {error, Reason} ->
            exit(Reason)
    end.

%% A literal address needs no resolver: naming it as such spares the start of
%% the resolver's own operating system processes.
-spec literal(string()) -> string() | inet:ip_address().
literal(Host) ->
    case inet:parse_strict_address(Host) of
        {ok, IpAddress} -> IpAddress;
        {error, einval} -> Host
    end.
