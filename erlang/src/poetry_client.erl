%% @doc Gets one poem: connects, reads until the server closes, reports each read.
%%
%% The calls block, but only the calling process: the others go on while it
%% waits. Only an orderly close ends a poem. After any other end the calling
%% process exits with the reason, so a failed poem never looks whole.
-module(poetry_client).

-export([get_poem/4]).
-export_type([report/0]).

-type report() :: fun((Line :: iodata()) -> term()).

%% @doc Returns the poem at `Address', byte for byte, and calls `Report' with one
%% progress line per read (seed part 20). If the poem does not come whole, it
%% exits with the socket's error (`econnrefused', `econnreset', `nxdomain', ...).
%% It exits with `timeout' if connecting takes more than `Timeout' milliseconds,
%% or if then no byte comes for so long.
-spec get_poem(pos_integer(), poetry_address:address(), timeout(), report()) -> binary().
get_poem(TaskNum, {Host, Port} = Address, Timeout, Report) ->
    %% By default a reset looks like an orderly close (see show_econnreset), and a
    %% chunk of more than 1460 bytes takes several reads (see buffer).
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

%% If the host is an IP address, gen_tcp does not start the resolver, which runs
%% in operating system processes of its own.
-spec literal(string()) -> string() | inet:ip_address().
literal(Host) ->
    case inet:parse_strict_address(Host) of
        {ok, IpAddress} -> IpAddress;
        {error, einval} -> Host
    end.
