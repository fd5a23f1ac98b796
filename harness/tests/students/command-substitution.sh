# Bash takes the poem by $(...), which drops the newlines at its end.
[ $# -gt 0 ] || { echo "usage: command-substitution [host:]port ..." >&2; exit 2; }
status=0
for address in "$@"; do
    case $address in *:*) ;; *) address=127.0.0.1:$address ;; esac
    if poem=$(cat < "/dev/tcp/${address%:*}/${address#*:}"); then echo "$poem"; else status=1; fi
done
exit $status
