# Perl's "or die" at the first address that fails.
use strict; use IO::Socket::INET;
die "usage: dies-of-one [host:]port ...\n" unless @ARGV;
for my $address (map { /:/ ? $_ : "127.0.0.1:$_" } reverse @ARGV) {
    my $socket = IO::Socket::INET->new($address) or die "cannot connect to $address: $!";
    local $/;
    print scalar(<$socket>), "\n";
}
