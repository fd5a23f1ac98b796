%% @doc Addresses of poetry servers on a command line: `[host:]port'. A port
%% alone means 127.0.0.1. An IPv6 address is in brackets: `[::1]:10001' (RFC 3986).
%%
%% A host is a list of bytes and is never decoded: messages show it as it was typed.
%% It has no brackets once it is parsed.
-module(poetry_address).

-export([parse/1, format/1]).
-export_type([address/0]).

-type address() :: {Host :: string(), inet:port_number()}.

-define(IN_BRACKETS, "an IPv6 address is written in brackets, before a port, like [::1]:10001").

%% @doc Parses all arguments as addresses (seed part 20). The error message names
%% the first bad argument.
-spec parse([string()]) -> {ok, [address(), ...]} | {error, iodata()}.
parse([]) ->
    {error, "no address given"};
parse(Arguments) ->
    Parsed = [parse_one(Argument) || Argument <- Arguments],
    case lists:keyfind(error, 1, Parsed) of
        false -> {ok, [Address || {ok, Address} <- Parsed]};
        {error, _} = Error -> Error
    end.

%% @doc An address as progress lines show it: `host:port', with an IPv6 address in
%% brackets.
-spec format({Host :: string() | binary() | inet:ip_address(), inet:port_number()}) -> iolist().
format({Host, Port}) when is_tuple(Host) ->
    format({inet:ntoa(Host), Port});
format({Host, Port}) ->
    Shown = case lists:member($:, binary_to_list(iolist_to_binary(Host))) of
        true -> [$[, Host, $]];
        false -> Host
    end,
    [Shown, $:, integer_to_list(Port)].

-spec parse_one(string()) -> {ok, address()} | {error, iodata()}.
parse_one([$[ | Rest] = Argument) ->
    case string:split(Rest, "]:") of
        [Host, Port] ->
            case is_ipv6(Host) of
                true -> with_port(Argument, Host, Port);
                false -> bad(Argument, ?IN_BRACKETS)
            end;
        [_] ->
            bad(Argument, ?IN_BRACKETS)
    end;
parse_one(Argument) ->
    {Host, Port} = case string:split(Argument, ":", trailing) of
        [Bare] -> {"127.0.0.1", Bare};
        [Before, After] -> {Before, After}
    end,
    case {Host, lists:member($:, Host)} of
        {"", _} -> bad(Argument, "the host is empty");
        {_, true} -> bad(Argument, "more than one colon; " ?IN_BRACKETS);
        {_, false} -> with_port(Argument, Host, Port)
    end.

%% The parser of the runtime also takes a zone, as in fe80::1%eth0.
-spec is_ipv6(string()) -> boolean().
is_ipv6(Host) ->
    {error, einval} =/= inet:parse_ipv6strict_address(Host) andalso not lists:member($%, Host).

-spec with_port(string(), string(), string()) -> {ok, address()} | {error, iodata()}.
with_port(Argument, Host, Port) ->
    case port(Port) of
        {ok, Number} -> {ok, {Host, Number}};
        error -> bad(Argument, "the port is not a number from 1 to 65535")
    end.

-spec port(string()) -> {ok, inet:port_number()} | error.
port(Text) ->
    %% Only digits: list_to_integer/1 alone would also accept a sign.
    case re:run(Text, "^[0-9]+$", [dollar_endonly, {capture, none}]) of
        match -> in_range(list_to_integer(Text));
        nomatch -> error
    end.

-spec in_range(non_neg_integer()) -> {ok, inet:port_number()} | error.
in_range(Number) when Number >= 1, Number =< 65535 -> {ok, Number};
in_range(_) -> error.

-spec bad(string(), string()) -> {error, iodata()}.
bad(Argument, Why) ->
    {error, ["bad argument ", poetry_options:quote(Argument), ": ", Why]}.
