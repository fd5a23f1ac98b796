%% Every lesson prints exactly what is recorded next to it.
-module(lesson_tests).

-include_lib("eunit/include/eunit.hrl").

-define(TEST(Body), {timeout, 60, fun() -> Body end}).

each_lesson_prints_what_is_recorded_test_() ->
    [{Path, ?TEST(begin
        {ok, Recorded} = file:read_file(Path),
        ?assertNotEqual(<<>>, Recorded),
        ?assertEqual({0, Recorded}, program:run("lesson", "exec \"$0\" \"$@\" 2>&1", [name(Path)]))
      end)}
     || Path <- recorded()].

the_program_lists_the_lessons_that_are_recorded_test_() ->
    ?TEST(begin
        {0, List} = program:run("lesson", "exec \"$0\" 2>&1", []),
        ?assertEqual(lists:sort([list_to_binary(name(Path)) || Path <- recorded()]),
                     lists:sort(binary:split(List, <<"\n">>, [global, trim])))
    end).

an_unknown_lesson_is_named_and_the_exit_status_is_2_test_() ->
    ?TEST(?assertEqual({2, <<"lesson: no lesson 'none'\nusage: lesson [NAME]\n">>},
                       program:run("lesson", "exec \"$0\" \"$@\" 2>&1 >/dev/null", ["none"]))).

recorded() ->
    filelib:wildcard("src/lesson/lesson_*.txt").

name(Path) ->
    "lesson_" ++ Name = filename:basename(Path, ".txt"),
    lists:flatten(string:replace(Name, "_", "-", all)).
