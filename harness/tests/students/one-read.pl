# Reads once from each server and takes what came for the poem.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: one-read [host:]port ...\n"; exit 2 }
binmode STDOUT;
my ($n, $bad) = (0, 0);
for (@ARGV) {
    $n++;
    my $address = /:/ ? $_ : "127.0.0.1:$_";
    my $socket = IO::Socket::INET->new($address);
    if (!$socket) { print STDERR "Task $n: failed: connection refused ($address)\n"; $bad = 1; next }
    my $got = sysread($socket, my $poem, 4096);
    print STDERR "Task $n: got $got bytes of poetry from $address\n";
    print "$poem\n";
}
exit $bad;
