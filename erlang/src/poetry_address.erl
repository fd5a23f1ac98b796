%% @doc Addresses of poetry servers on a command line: `[host:]port'. A port
%% alone means 127.0.0.1.
%%
%% A host is a list of bytes and is never decoded: messages show it as it was typed.
-module(poetry_address).

-export([parse/1, format/1]).
-export_type([address/0]).

-type address() :: {Host :: string(), inet:port_number()}.

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

%% @doc An address as progress lines show it: `host:port'.
-spec format(address()) -> iolist().
format({Host, Port}) ->
    [Host, $:, integer_to_list(Port)].

-spec parse_one(string()) -> {ok, address()} | {error, iodata()}.
parse_one(Argument) ->
    {Host, Port} = case string:split(Argument, ":", trailing) of
        [Bare] -> {"127.0.0.1", Bare};
        [Before, After] -> {Before, After}
    end,
    case {Host, lists:member($:, Host), port(Port)} of
        {"", _, _} -> bad(Argument, "the host is empty");
        {_, true, _} -> bad(Argument, "more than one colon");
        {_, _, error} -> bad(Argument, "the port is not a number from 1 to 65535");
        {_, _, {ok, Number}} -> {ok, {Host, Number}}
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
