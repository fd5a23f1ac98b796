%% @doc A playbill: the servers of one scenario, as text.
%%
%% Its lines are: `iface ADDRESS', the address to listen on; `server PORT POEM',
%% followed by the lines of the server's schedule; `down PORT', a port that is
%% reserved but refuses every connection. Port 0 means any free port. The path of
%% a poem is relative to the playbill's folder.
-module(poetry_playbill).

-export([read/1, parse/1]).
-export_type([playbill/0, part/0]).

-type part() :: {server, inet:port_number(), Poem :: binary(), poetry_schedule:schedule()}
              | {down, inet:port_number()}.
-type playbill() :: {Iface :: binary(), [part()]}.

%% @doc Reads a playbill and its poems from their files. An error says which of
%% them is wrong, and why.
-spec read(file:name_all()) -> {ok, {Iface :: binary(), [poetry_stage:server()]}} | {error, iodata()}.
read(Path) ->
    try
        Text = read_file("the playbill", Path),
        is_list(unicode:characters_to_list(Text)) orelse throw("the playbill is not UTF-8 text"),
        case parse(Text) of
            {ok, {Iface, Parts}} ->
                {ok, {Iface, [server(Part, filename:dirname(Path)) || Part <- Parts]}};
            {error, _} = Error ->
                Error
        end
    catch
        throw:Message -> {error, Message}
    end.

-spec server(part(), file:name_all()) -> poetry_stage:server().
server({down, Port}, _Folder) ->
    {Port, down};
server({server, Port, Path, Schedule}, Folder) ->
    Poem = read_file("the poem", filename:join(Folder, Path)),
    case poetry_schedule:check(Schedule, byte_size(Poem)) of
        ok -> {Port, {Poem, Schedule}};
        {error, Message} -> throw(Message)
    end.

-spec read_file(string(), file:name_all()) -> binary().
read_file(What, Path) ->
    case file:read_file(Path) of
        {ok, Bytes} ->
            Bytes;
        {error, Reason} ->
            throw(["cannot read ", What, $\s, poetry_options:quote(Path), ": ", file:format_error(Reason)])
    end.

%% @doc Parses the text of a playbill. An error says which line is wrong, and why.
-spec parse(binary()) -> {ok, playbill()} | {error, iodata()}.
parse(Text) ->
    Lines = lists:enumerate(binary:split(Text, <<"\n">>, [global])),
    parse(Lines, {<<"127.0.0.1">>, []}).

-spec parse([{pos_integer(), binary()}], playbill()) -> {ok, playbill()} | {error, iodata()}.
parse([], {Iface, Parts}) ->
    {ok, {Iface, [in_order(Part) || Part <- lists:reverse(Parts)]}};
parse([{Number, Line} | Lines], Playbill) ->
    case line(words(Line), Line, Playbill) of
        {error, Why} -> {error, ["playbill, line ", integer_to_list(Number), ": ", Why]};
        More -> parse(Lines, More)
    end.

%% At most three words; the third is the rest of the line, because the path of a
%% poem may contain spaces.
-spec words(binary()) -> [binary()].
words(Line) ->
    re:split(string:trim(Line), "[ \t]+", [{parts, 3}]).

-spec line([binary()], binary(), playbill()) -> playbill() | {error, iodata()}.
line([<<>>], _Line, Playbill) ->
    Playbill;
line([<<"iface">>, Iface], _Line, {_, Parts}) ->
    {Iface, Parts};
line([<<"server">>, Word, Poem], _Line, {Iface, Parts}) ->
    with_port(Word, fun(Port) -> {Iface, [{server, Port, Poem, []} | Parts]} end);
line([<<"down">>, Word], _Line, {Iface, Parts}) ->
    with_port(Word, fun(Port) -> {Iface, [{down, Port} | Parts]} end);
line(_Words, Line, {Iface, [{server, Port, Poem, Acts} | Parts]}) ->
    case poetry_schedule:parse_act(Line) of
        {ok, Act} -> {Iface, [{server, Port, Poem, [Act | Acts]} | Parts]};
        {error, _} = Error -> Error
    end;
line(_Words, Line, _Playbill) ->
    {error, ["no server for ", poetry_options:quote(Line)]}.

-spec with_port(binary(), fun((inet:port_number()) -> playbill())) -> playbill() | {error, iodata()}.
with_port(Word, Add) ->
    try binary_to_integer(Word) of
        Port when Port >= 0, Port =< 65535 -> Add(Port);
        _ -> {error, [Word, " is not a port from 0 to 65535"]}
    catch
        error:badarg -> {error, [poetry_options:quote(Word), " is not a port from 0 to 65535"]}
    end.

-spec in_order(part()) -> part().
in_order({server, Port, Poem, Acts}) -> {server, Port, Poem, lists:reverse(Acts)};
in_order({down, _} = Down) -> Down.
