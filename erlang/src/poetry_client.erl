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
%% or if then no byte comes for so long. All addresses of a name are tried.
-spec get_poem(pos_integer(), poetry_address:address(), timeout(), report()) -> binary().
get_poem(TaskNum, Address, Timeout, Report) ->
    case connect(Address, Timeout) of
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
%% in operating system processes of its own. If it is a name, gen_tcp tries all its
%% addresses of one family in order; so the name's IPv6 addresses come first, and
%% then its IPv4 addresses.
-spec connect(poetry_address:address(), timeout()) -> {ok, gen_tcp:socket()} | {error, atom()}.
connect({Host, Port}, Timeout) ->
    case inet:parse_strict_address(Host) of
        {ok, Ip} when tuple_size(Ip) =:= 4 -> connect(inet, Ip, Port, Timeout);
        {ok, Ip} -> connect(inet6, Ip, Port, Timeout);
        {error, einval} ->
            Began = erlang:monotonic_time(millisecond),
            case connect(inet6, Host, Port, Timeout) of
                {ok, _} = Connected -> Connected;
                {error, Reason} -> or_else(Reason, connect(inet, Host, Port, left(Timeout, Began)))
            end
    end.

-spec connect(inet | inet6, string() | inet:ip_address(), inet:port_number(), timeout()) ->
    {ok, gen_tcp:socket()} | {error, atom()}.
connect(Family, Host, Port, Timeout) ->
    %% By default a reset looks like an orderly close (see show_econnreset), and a
    %% chunk of more than 1460 bytes takes several reads (see buffer).
    Options = [Family, binary, {active, false}, {show_econnreset, true}, {buffer, 65536}],
    gen_tcp:connect(Host, Port, Options, Timeout).

%% The reason of the last address that was tried: a name may have no address of
%% the second family.
-spec or_else(atom(), Second) -> Second when Second :: {ok, gen_tcp:socket()} | {error, atom()}.
or_else(Reason, {error, nxdomain}) -> {error, Reason};
or_else(_Reason, Second) -> Second.

-spec left(timeout(), integer()) -> timeout().
left(infinity, _Began) -> infinity;
left(Timeout, Began) -> max(0, Timeout - (erlang:monotonic_time(millisecond) - Began)).
