%% @doc Options on a command line: `--name VALUE', `--name=VALUE', and flags
%% without a value. They may come before, between or after the other arguments.
%% After `--' there are no more options.
-module(poetry_options).

-export([parse/2, seconds/1, quote/1]).
-export_type([option/0, known/0]).

%% Reads a value, or says what was expected instead: "a number from 0 to 9".
-type option() :: flag | fun((string()) -> {ok, Value :: term()} | {wanted, string()}).
-type known() :: #{Name :: string() => option()}.

%% @doc Separates the options from the other arguments. An error says which
%% option is wrong, and why.
-spec parse([string()], known()) ->
    {ok, #{Name :: string() => true | term()}, Others :: [string()]} | {error, iodata()}.
parse(Arguments, Known) ->
    parse(Arguments, Known, #{}, []).

-spec parse([string()], known(), #{string() => term()}, [string()]) ->
    {ok, #{string() => term()}, [string()]} | {error, iodata()}.
parse([], _Known, Options, Others) ->
    {ok, Options, lists:reverse(Others)};
parse(["--" | Arguments], _Known, Options, Others) ->
    {ok, Options, lists:reverse(Others, Arguments)};
parse(["-" ++ [_ | _] = Argument | Arguments], Known, Options, Others) ->
    {Name, Values} = case string:split(Argument, "=") of
        [Whole] -> {Whole, Arguments};
        [Before, Value] -> {Before, [{joined, Value} | Arguments]}
    end,
    case take(maps:get(Name, Known, unknown), Values) of
        {ok, Taken, Rest} -> parse(Rest, Known, Options#{Name => Taken}, Others);
        {error, unknown} -> {error, ["unknown option ", quote(Name)]};
        {error, Message} -> {error, ["option ", Name, ": ", Message]}
    end;
parse([Argument | Arguments], Known, Options, Others) ->
    parse(Arguments, Known, Options, [Argument | Others]).

-spec take(option() | unknown, [string() | {joined, string()}]) ->
    {ok, term(), [string()]} | {error, unknown | iodata()}.
take(unknown, _) -> {error, unknown};
take(flag, [{joined, _} | _]) -> {error, "takes no value"};
take(flag, Arguments) -> {ok, true, Arguments};
take(_Read, []) -> {error, "needs a value"};
take(Read, [{joined, Value} | Arguments]) -> take(Read, [Value | Arguments]);
take(Read, [Value | Arguments]) ->
    case Read(Value) of
        {ok, Taken} -> {ok, Taken, Arguments};
        {wanted, Wanted} -> {error, [quote(Value), " is not ", Wanted]}
    end.

%% @doc Reads a number of seconds, such as `2' or `0.25', as nanoseconds.
-spec seconds(string() | binary()) -> {ok, Nanoseconds :: non_neg_integer()} | error.
seconds(Text) ->
    case re:run(Text, "^([0-9]{1,9})(?:\\.([0-9]+))?$", [dollar_endonly, {capture, [1, 2], binary}]) of
        {match, [Whole, Fraction]} ->
            Decimals = <<Fraction:(min(9, byte_size(Fraction)))/binary, "000000000">>,
            {ok, binary_to_integer(<<Whole/binary, Decimals:9/binary>>)};
        nomatch ->
            error
    end.

%% @doc Puts text in quotation marks and escapes its control characters.
-spec quote(string() | binary()) -> iolist().
quote(Text) ->
    [$', [escape(Byte) || <<Byte>> <= iolist_to_binary(Text)], $'].

-spec escape(byte()) -> iodata().
escape(Byte) when Byte < $\s; Byte =:= 127 -> io_lib:format("\\x~2.16.0b", [Byte]);
escape(Byte) -> [Byte].
