# Wants host and port as two words.
use strict;
if (@ARGV != 2 || $ARGV[1] !~ /^\d+$/) { print STDERR "usage: two-arguments host port\n"; exit 2 }
