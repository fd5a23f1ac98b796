#!/usr/bin/env perl
# Step 3: reads to the end, one poem after another. Not right yet.
use strict;
use warnings;
use IO::Socket::INET;

for my $address (@ARGV) {
    my $socket = IO::Socket::INET->new($address) or die "cannot connect to $address: $!\n";
    my $poem = '';
    while (sysread($socket, $poem, 65536, length $poem)) { }
    print "$poem\n";
}
