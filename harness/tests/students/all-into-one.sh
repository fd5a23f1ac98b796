# One cat for each address in the background, all writing to standard output at once.
[ $# -gt 0 ] || { echo "usage: all-into-one [host:]port ..." >&2; exit 2; }
for address in "$@"; do
    { cat < "/dev/tcp/${address%:*}/${address#*:}"; echo; } &
done
wait
