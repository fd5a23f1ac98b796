%% @doc SIGTERM as mail: a process is told, and so may end in its own way.
%%
%% Only SIGTERM: the runtime hands out no SIGINT. With its `+Bd' that one ends
%% the program at once, as the system does.
-module(poetry_signal).
-behaviour(gen_event).

-export([mail_sigterm/0]).
-export([init/1, handle_event/2, handle_call/2]).

%% @doc From now on a SIGTERM is mailed to the calling process as `sigterm'. A
%% second one ends the program at once, whatever it is busy with.
-spec mail_sigterm() -> ok.
mail_sigterm() ->
    %% The runtime's own answer would be to end with exit status 0.
    gen_event:swap_handler(erl_signal_server, {erl_signal_handler, []}, {?MODULE, self()}).

-spec init({pid(), term()}) -> {ok, pid()}.
init({Receiver, _Swapped}) ->
    {ok, Receiver}.

-spec handle_event(atom(), pid()) -> {ok, pid()}.
handle_event(sigterm, Receiver) ->
    Receiver ! sigterm,
    ok = os:set_signal(sigterm, default),
    {ok, Receiver};
handle_event(_Signal, Receiver) ->
    {ok, Receiver}.

-spec handle_call(term(), pid()) -> {ok, ok, pid()}.
handle_call(_, Receiver) ->
    {ok, ok, Receiver}.
