# Connects to all, then reads 10 bytes at a time from the first until 120 bytes, and waits for a child that never ends.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: half-read [host:]port ...\n"; exit 2 }
my @sockets = map { IO::Socket::INET->new(/:/ ? $_ : "127.0.0.1:$_") } @ARGV;
my $first = $sockets[0];
for (1 .. 12) {
    sysread $first, my $piece, 10;
    print STDERR "Task 1: got ", length $piece, " bytes of poetry from $ARGV[0]\n";
}
sleep 1000;
