# Tells on standard output what it is doing.
[ $# -gt 0 ] || { echo "usage: talks-on-stdout [host:]port ..." >&2; exit 2; }
for address in "$@"; do
    echo "Connecting to $address"
    cat < "/dev/tcp/${address%:*}/${address#*:}"
    echo
done
