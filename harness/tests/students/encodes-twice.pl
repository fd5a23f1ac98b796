# Prints bytes through a :utf8 layer, which takes each for a Latin-1 character.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: encodes-twice [host:]port ...\n"; exit 2 }
binmode STDOUT, ':utf8';
my ($n, $bad) = (0, 0);
for my $address (map { /:/ ? $_ : "127.0.0.1:$_" } @ARGV) {
    $n++;
    my $socket = IO::Socket::INET->new($address);
    if (!$socket) { print STDERR "Task $n: failed: connection refused ($address)\n"; $bad = 1; next }
    local $/;
    my $poem = <$socket>;
    print "$poem\n";
}
exit $bad;
