# Takes a read of 0 bytes for "nothing yet", and waits for more.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: never-ends [host:]port ...\n"; exit 2 }
$| = 1;
my $n = 0;
for my $address (map { /:/ ? $_ : "127.0.0.1:$_" } @ARGV) {
    $n++;
    my $socket = IO::Socket::INET->new($address) or next;
    my $poem = '';
    while (1) {
        my $got = sysread($socket, $poem, 4096, length $poem);
        if (!$got) { select undef, undef, undef, 0.1; next }
        print STDERR "Task $n: got $got bytes of poetry from $address\n";
    }
    print "$poem\n";
}
