%% A log in a file; the tests of the programs cover standard output.
-module(send_log_tests).

-include_lib("eunit/include/eunit.hrl").

-define(TEST(Body), {timeout, 60, fun() -> Body end}).
-define(RECORD, {0, 1, 1, close}).

after_the_close_the_file_has_all_records_in_order_test_() ->
    ?TEST(begin
        Path = string:trim(os:cmd("mktemp")),
        Records = [{Time, 1, 1, close} || Time <- lists:seq(1, 1000)],
        {ok, Log} = send_log:start_link({file, Path}),
        [send_log:record(Log, Record) || Record <- Records],
        ?assertEqual(ok, send_log:close(Log)),
        ?assertEqual({ok, iolist_to_binary([send_record:ndjson(Record) || Record <- Records])},
                     file:read_file(Path)),
        ok = file:delete(Path)
    end).

a_full_disk_is_reported_at_the_close_test_() ->
    ?TEST(begin
        {ok, Log} = send_log:start_link({file, "/dev/full"}),
        %% So the close comes before the record is due to be written.
        ok = sys:suspend(Log, infinity),
        send_log:record(Log, ?RECORD),
        Close = gen_server:send_request(Log, close),
        ok = sys:resume(Log, infinity),
        ?assertEqual({reply, {error, enospc}}, gen_server:receive_response(Close, infinity))
    end).

a_full_disk_ends_the_log_in_the_middle_of_a_run_test_() ->
    ?TEST(begin
        process_flag(trap_exit, true),
        {ok, Log} = send_log:start_link({file, "/dev/full"}),
        send_log:record(Log, ?RECORD),
        receive {'EXIT', Log, Reason} -> ?assertEqual({send_log, enospc}, Reason) end,
        process_flag(trap_exit, false)
    end).

a_file_that_cannot_be_opened_is_reported_test_() ->
    ?TEST(begin
        %% In a process of its own: OTP 25 also sends an exit signal at some time, OTP 27 does not.
        {_, Monitor} = spawn_monitor(fun() ->
            process_flag(trap_exit, true),
            exit({returned, send_log:start_link({file, "/no/folder/log"})})
        end),
        receive
            {'DOWN', Monitor, process, _, Reason} -> ?assertEqual({returned, {error, {shutdown, enoent}}}, Reason)
        end
    end).
