%% The log of a file; the programs' tests see the others.
-module(send_log_tests).

-include_lib("eunit/include/eunit.hrl").

-define(RECORD, {0, 1, 1, close}).

a_file_has_all_records_in_order_once_the_log_is_closed_test() ->
    Path = string:trim(os:cmd("mktemp")),
    Records = [{Time, 1, 1, close} || Time <- lists:seq(1, 1000)],
    {ok, Log} = send_log:start_link({file, Path}),
    [send_log:record(Log, Record) || Record <- Records],
    ?assertEqual(ok, send_log:close(Log)),
    ?assertEqual({ok, iolist_to_binary([send_record:ndjson(Record) || Record <- Records])},
                 file:read_file(Path)),
    ok = file:delete(Path).

a_disk_that_is_full_is_told_at_the_close_test() ->
    {ok, Log} = send_log:start_link({file, "/dev/full"}),
    %% The record has not been waiting for long enough to be written yet.
    ok = sys:suspend(Log),
    send_log:record(Log, ?RECORD),
    Close = gen_server:send_request(Log, close),
    ok = sys:resume(Log),
    ?assertEqual({reply, {error, enospc}}, gen_server:receive_response(Close, infinity)).

a_disk_that_is_full_ends_the_log_in_the_middle_of_a_run_test() ->
    process_flag(trap_exit, true),
    {ok, Log} = send_log:start_link({file, "/dev/full"}),
    send_log:record(Log, ?RECORD),
    receive {'EXIT', Log, Reason} -> ?assertEqual({send_log, enospc}, Reason) end,
    process_flag(trap_exit, false).

a_file_that_cannot_be_had_is_told_test() ->
    process_flag(trap_exit, true),
    ?assertEqual({error, {shutdown, enoent}}, send_log:start_link({file, "/no/folder/log"})),
    %% OTP 25 sends the exit signal as well, OTP 27 does not.
    receive {'EXIT', _, {shutdown, enoent}} -> ok after 0 -> ok end,
    process_flag(trap_exit, false).
