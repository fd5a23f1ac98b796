# Decodes as it reads, so that length counts characters, and writes UTF-8 again.
use strict; use IO::Socket::INET;
if (!@ARGV) { print STDERR "usage: counts-characters [host:]port ...\n"; exit 2 }
binmode STDOUT, ':utf8';
my ($n, $bad) = (0, 0);
for my $address (map { /:/ ? $_ : "127.0.0.1:$_" } @ARGV) {
    $n++;
    my $socket = IO::Socket::INET->new($address);
    if (!$socket) { print STDERR "Task $n: failed: connection refused ($address)\n"; $bad = 1; next }
    binmode $socket, ':utf8';
    my $poem = '';
    while (defined(my $line = <$socket>)) {
        print STDERR "Task $n: got ", length $line, " bytes of poetry from $address\n";
        $poem .= $line;
    }
    print "$poem\n";
}
exit $bad;
