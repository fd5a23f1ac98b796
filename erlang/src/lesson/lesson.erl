%% @doc The program: `lesson NAME' runs a lesson, `lesson' lists their names.
%%
%% A lesson is one idea in a module of its own, `lesson_NAME', with what it
%% prints recorded next to it. It has the name of its counterpart in Python.
-module(lesson).

-export([main/1]).

-define(LESSONS, [{"virtual-loop", lesson_virtual_loop},
                  {"wait-for-many", lesson_wait_for_many},
                  {"one-of-many-fails", lesson_one_of_many_fails},
                  {"cancel-waiting", lesson_cancel_waiting},
                  {"cancel-finished", lesson_cancel_finished},
                  {"cancel-not-abort", lesson_cancel_not_abort},
                  {"cancel-clean-up", lesson_cancel_clean_up},
                  {"cancel-inner", lesson_cancel_inner},
                  {"time-out", lesson_time_out}]).

%% @doc Entry point of the escript. Exit status 0; 2: there is no such lesson.
-spec main([string()]) -> ok | no_return().
main([]) ->
    io:format("~s~n", [lists:join($\n, [Name || {Name, _} <- ?LESSONS])]);
main([Name]) ->
    case lists:keyfind(Name, 1, ?LESSONS) of
        {Name, Module} -> Module:main();
        false -> refuse(["no lesson ", poetry_options:quote(Name)])
    end;
main(_) ->
    refuse("one name is needed").

-spec refuse(iodata()) -> no_return().
refuse(Message) ->
    poetry_output:write(poetry_output:open(2), ["lesson: ", Message, "\nusage: lesson [NAME]\n"]),
    halt(2).
