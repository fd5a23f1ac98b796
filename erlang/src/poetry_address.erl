%% @doc Addresses of poetry servers, as they stand on a command line:
%% `[host:]port'. A bare port means this machine.
%%
%% A host is a list of bytes, never decoded: what was typed is what is shown.
-module(poetry_address).

-export([parse/1, format/1]).
-export_type([address/0]).

-type address() :: {Host :: string(), inet:port_number()}.

%% @doc Turns all arguments into addresses, or names what is wrong with them.
%% The contract's `[host:]port ...', as in seed part 20.
-spec parse([string()]) -> {ok, [address(), ...]} | {error, iodata()}.
parse([]) ->
    {error, "no address"};
parse(Arguments) ->
    Parsed = [{Argument, parse_one(Argument)} || Argument <- Arguments],
    case [Argument || {Argument, error} <- Parsed] of
        [] -> {ok, [Address || {_, Address} <- Parsed]};
        [Bad | _] -> {error, ["bad address \"", Bad, "\""]}
    end.

%% @doc Writes an address the way progress lines show it: `host:port'.
-spec format(address()) -> iolist().
format({Host, Port}) ->
    [Host, $:, integer_to_list(Port)].

-spec parse_one(string()) -> address() | error.
parse_one(Argument) ->
    %% Only digits: list_to_integer/1 alone would also take a sign.
    Pattern = "^(?:([^:]+):)?([0-9]+)$",
    Options = [dotall, dollar_endonly, {capture, all_but_first, list}],
    case re:run(Argument, Pattern, Options) of
        {match, [Host, Digits]} -> in_range(Host, list_to_integer(Digits));
        nomatch -> error
    end.

-spec in_range(string(), non_neg_integer()) -> address() | error.
in_range("", Port) -> in_range("127.0.0.1", Port);
in_range(Host, Port) when Port >= 1, Port =< 65535 -> {Host, Port};
in_range(_, _) -> error.
