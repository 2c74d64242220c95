# Answers on published ports for a moment, so that somebody outside can see whether they are open. A container,
# because published ports do not pass the host's INPUT chain, which a program of the host would be judged by.
#   sh -c … sh NAME LABEL IMAGE SECONDS PATIENCE NONCE COUNT "publish spec"…
# Ends after SECONDS, or when NONCE was fetched COUNT times; already after PATIENCE if nobody has asked for NONCE/here
# by then: whoever follows the job does so at once. Always with 0: it looks, and nothing depends on it.
name=$1 label=$2 image=$3 seconds=$4 patience=$5 nonce=$6 count=$7
shift 7
for spec in "$@"; do shift; set -- "$@" --publish "$spec"; done
docker rm --force "$name" >/dev/null 2>&1
docker run --rm --name "$name" --label "$label" --pull never --memory 128m --entrypoint sh "$@" "$image" -c '
    trap "exit 0" TERM INT
    printf "%s" "pid /tmp/reach.pid; error_log /dev/null; events {}
        http { access_log /tmp/fetched; default_type text/plain; server { listen 80;
        location = /$1 { return 200 $1; } location = /$1/here { access_log /tmp/here; return 200 $1; }
        location / { access_log off; return 404; } } }" >/tmp/reach.conf
    nginx -c /tmp/reach.conf || exit 1
    echo "answering $1"
    n=0 # twentieths of a second: the databases wait for the end of this
    while [ "$n" -lt "$((20 * $2))" ] && [ "$(wc -l </tmp/fetched)" -lt "$3" ]; do
        [ "$n" -lt "$((20 * $4))" ] || [ -s /tmp/here ] || break
        sleep 0.05
        n=$((n + 1))
    done
' sh "$nonce" "$seconds" "$count" "$patience" || echo "no answer could be given there (exit $?)"
exit 0
