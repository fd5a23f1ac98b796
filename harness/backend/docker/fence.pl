# Run as root inside a network namespace: it can then reach only TCP at HOST, at the ports from LOW to HIGH.
# In Perl because Debian's base image has Perl, but no `ip`, with which it would be:
#     ip rule add priority 1 to HOST ipproto tcp dport LOW-HIGH lookup main
#     ip rule add priority 2 unreachable
# Priority 0 is the kernel's own rule for the namespace's own addresses.  The messages are those of rtnetlink(7).
use strict;
use warnings;
use Socket;

my ($AF_NETLINK, $NETLINK_ROUTE, $RTM_NEWRULE, $REQUEST, $ACK, $CREATE) = (16, 0, 32, 0x1, 0x4, 0x400);
my ($FRA_DST, $FRA_PRIORITY, $FRA_IP_PROTO, $FRA_DPORT_RANGE) = (1, 6, 22, 24);
my ($TO_TABLE, $UNREACHABLE, $MAIN) = (1, 7, 254);

my ($host, $low, $high) = @ARGV;
socket(my $kernel, $AF_NETLINK, SOCK_RAW, $NETLINK_ROUTE) or die "netlink: $!\n";

sub attribute { my ($kind, $value) = @_; return pack('SSa*x![L]', 4 + length $value, $kind, $value) }

sub rule {
    my ($action, $table, $dst_len, @attributes) = @_;
    my $body = pack('CCCCCxxCL', AF_INET, $dst_len, 0, 0, $table, $action, 0) . join('', @attributes);
    my $head = pack('LSSLL', 16 + length $body, $RTM_NEWRULE, $REQUEST | $ACK | $CREATE, 1, 0);
    send($kernel, $head . $body, 0) or die "netlink: $!\n";
    defined recv($kernel, my $answer, 4096, 0) or die "netlink: $!\n";
    $! = -unpack('x16 l', $answer);
    die "the kernel refuses a routing rule: $!\n" if $! + 0;
}

rule(
    $TO_TABLE, $MAIN, 32,
    attribute($FRA_PRIORITY, pack('L', 1)),
    attribute($FRA_DST, inet_aton($host)),
    attribute($FRA_IP_PROTO, pack('C', 6)),
    attribute($FRA_DPORT_RANGE, pack('SS', $low, $high)),
);
rule($UNREACHABLE, 0, 0, attribute($FRA_PRIORITY, pack('L', 2)));
