#!/usr/bin/env perl
# A client that gets nothing yet; docs/client-contract.md says what it must do.
use strict;
use warnings;

print STDERR "not written yet\n";
exit 1;
