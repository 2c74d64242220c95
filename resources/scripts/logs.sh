# Prints the logs of several containers on one connection.
#   sh -s -- FOLLOW TAIL SINCE NUMBER=CONTAINER…       FOLLOW yes|no, TAIL a number or all, SINCE a time or ""
# Each line: NUMBER, o (stdout) or e (stderr), a blank, Docker's timestamp, a blank, the text.
follow=$1 tail=$2 since=$3
shift 3

options="--timestamps --tail $tail"
[ -n "$since" ] && options="$options --since $since"
[ "$follow" = yes ] && options="$options --follow"

# GNU and BSD sed write each line at once when told so; elsewhere the shell's own loop does
if printf 'x\n' | sed -u 's/^/y/' >/dev/null 2>&1; then
    mark() { exec sed -u "s/^/$1 $2 /"; }
else
    mark() { while IFS= read -r line; do printf '%s %s %s\n' "$1" "$2" "$line"; done; }
fi

one() {
    # shellcheck disable=SC2086  # options are words of our own
    { docker logs $options "$2" 2>&3 | mark "$1" o; } 3>&1 >&4 | mark "$1" e >&4
}

exec 4>&1
for entry in "$@"; do
    if [ "$follow" = yes ]; then
        one "${entry%%=*}" "${entry#*=}" &
    else
        one "${entry%%=*}" "${entry#*=}"
    fi
done
wait
