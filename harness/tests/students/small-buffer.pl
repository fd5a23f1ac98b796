# Sets aside a buffer for each poem, and reads until a read returns nothing.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: small-buffer [host:]port ...\n"; exit 2 }
binmode STDOUT;
my $room = 8192;
my ($n, $bad) = (0, 0);
for (@ARGV) {
    $n++;
    my $address = /:/ ? $_ : "127.0.0.1:$_";
    my $socket = IO::Socket::INET->new($address);
    if (!$socket) { print STDERR "Task $n: failed: connection refused ($address)\n"; $bad = 1; next }
    my ($poem, $got) = ('', 0);
    while ($got = sysread($socket, $poem, $room - length $poem, length $poem)) {
        print STDERR "Task $n: got $got bytes of poetry from $address\n";
    }
    print "$poem\n";
}
exit $bad;
