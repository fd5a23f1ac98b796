%% @doc SIGTERM as a message, so that a process can end in its own way.
%%
%% SIGINT cannot be handled like this: the Erlang runtime does not pass it on. With
%% the flag `+Bd' it ends the program at once.
-module(poetry_signal).
-behaviour(gen_event).

-export([mail_sigterm/0]).
-export([init/1, handle_event/2, handle_call/2]).

%% @doc From now on a SIGTERM is sent to the calling process as the message
%% `sigterm'. A second SIGTERM ends the program at once.
-spec mail_sigterm() -> ok.
mail_sigterm() ->
    %% The runtime's own handler ends the program with exit status 0.
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
