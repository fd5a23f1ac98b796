#!/usr/bin/env perl
# Step 2: connects to one address after another, and reads once. Not right yet.
use strict;
use warnings;
use IO::Socket::INET;

for my $address (@ARGV) {
    my $socket = IO::Socket::INET->new($address) or die "cannot connect to $address: $!\n";
    sysread($socket, my $poem, 65536);
    print "$poem\n";
}
