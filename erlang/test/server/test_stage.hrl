%% Macros that the tests of a stage share.

-define(TEST(Body), {timeout, 60, fun() -> Body end}).
-define(MS, 1_000_000).
-define(HOUR, 3600_000_000_000).
-define(POEM, (list_to_binary([lists:seq(0, 255) || _ <- "four"]))).
