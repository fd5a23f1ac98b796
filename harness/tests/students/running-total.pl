# Reports how much of a poem has come in all, not what came now; and counts its tasks from 1.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: running-total [host:]port ...\n"; exit 2 }
my ($n, $bad) = (0, 0);
for my $address (map { /:/ ? $_ : "127.0.0.1:$_" } @ARGV) {
    $n++;
    my $socket = IO::Socket::INET->new($address);
    if (!$socket) { print STDERR "Task $n: failed: connection refused ($address)\n"; $bad = 1; next }
    my $poem = '';
    while (sysread($socket, $poem, 4096, length $poem)) {
        print STDERR "Task $n: got ", length $poem, " bytes of poetry from $address\n";
    }
    print "$poem\n";
}
exit $bad;
