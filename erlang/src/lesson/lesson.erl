%% @doc The program `lesson': `lesson NAME' runs a lesson, `lesson' alone lists
%% the names of all.
%%
%% A lesson shows one idea. It is the module `lesson_NAME', and its output is
%% recorded in a file next to it. The lesson in Python has the same name.
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

%% @doc Entry point of the escript. Exit status 2 if there is no such lesson.
-spec main([string()]) -> ok | no_return().
main([]) ->
    io:format("~s~n", [lists:join($\n, [Name || {Name, _} <- ?LESSONS])]);
main([Name]) ->
    case lists:keyfind(Name, 1, ?LESSONS) of
        {Name, Module} -> Module:main();
        false -> refuse(["no lesson ", poetry_options:quote(Name)])
    end;
main(_) ->
    refuse("more than one name").

-spec refuse(iodata()) -> no_return().
refuse(Message) ->
    poetry_output:write(poetry_output:open(2), ["lesson: ", Message, "\nusage: lesson [NAME]\n"]),
    halt(2).
