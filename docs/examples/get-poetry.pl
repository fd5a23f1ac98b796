#!/usr/bin/env perl
# Gets poems from several servers at once: one loop, and select to wait for all of them.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;

$| = 1;
binmode STDOUT;

sub usage { print STDERR "get-poetry: $_[0]\nusage: get-poetry [host:]port ...\n"; exit 2 }

# All arguments are looked at before anything is fetched.
usage("no addresses") unless @ARGV;
my @addresses = map {
    /\A(?:([^:\[\]]+|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5})\z/ && $2 >= 1 && $2 <= 65535 or usage("bad address '$_'");
    ($1 // '127.0.0.1') . ":$2"
} @ARGV;

my $status = 0;

sub failed {
    my ($task, $error) = @_;
    print STDERR "Task $task: failed: " . lc($error) . " ($addresses[$task - 1])\n";
    $status = 1;
}

my $waiting = IO::Select->new;
my (%task, %poem);    # by socket
for my $task (1 .. @addresses) {
    my $socket = IO::Socket::IP->new(PeerAddr => $addresses[$task - 1], Type => SOCK_STREAM);
    if (!$socket) { failed($task, $@ =~ /not known|resolution/ ? 'unknown host' : $!); next }
    $task{$socket} = $task;
    $poem{$socket} = '';
    $waiting->add($socket);
}

while ($waiting->count) {
    for my $socket ($waiting->can_read) {
        my $task = $task{$socket};
        my $count = sysread($socket, $poem{$socket}, 65536, length $poem{$socket});
        if ($count) {
            print STDERR "Task $task: got $count bytes of poetry from $addresses[$task - 1]\n";
            next;
        }
        # Undefined is an error, 0 the end: only the end makes a whole poem.
        if (defined $count) { print "$poem{$socket}\n" }
        else                { failed($task, $! =~ /reset/ ? 'connection reset' : $!) }
        $waiting->remove($socket);
        close $socket;
    }
}
exit $status;
