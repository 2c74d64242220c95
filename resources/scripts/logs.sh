# Prints the logs of several containers on one connection.
#   sh -s -- FOLLOW TAIL NUMBER=CONTAINER=SINCE…       FOLLOW yes|no, TAIL a number or all, SINCE a time or nothing
# Each line: NUMBER, o (stdout) or e (stderr), a blank, Docker's timestamp, a blank, the text. What docker itself
# says has no timestamp. Exit 1: docker failed for a container that is still there.
# Following goes on while a container exists: it is followed again when it runs again, after a line "NUMBER r".
# Lines around its end may then come twice; empty lines are there to notice that nobody reads any more.
follow=$1 tail=$2
shift 2

# GNU and BSD sed write each line at once when told so; elsewhere the shell's own loop does
if printf 'x\n' | sed -u 's/^/y/' >/dev/null 2>&1; then
    mark() { exec sed -u "s/^/$1 $2 /"; }
else
    mark() { while IFS= read -r line; do printf '%s %s %s\n' "$1" "$2" "$line"; done; }
fi

# NUMBER CONTAINER OPTION…: prints the logs on 4, docker's exit code on 1
logs() {
    number=$1 container=$2
    shift 2
    {
        {
            { docker logs --timestamps "$@" "$container" 2>&3 3>&- 4>&- 5>&-; echo "$?" >&5; } |
                mark "$number" o >&4
        } 3>&1 | mark "$number" e >&4
    } 5>&1
}

# CONTAINER: "true TIME" or "false TIME" (running, end of its last run), "gone"; nothing when docker cannot tell
state() {
    if said=$(docker inspect --type container --format '{{.State.Running}} {{.State.FinishedAt}}' "$1" 2>/dev/null); then
        echo "$said"
        return
    fi
    case $(docker inspect --type container "$1" 2>&1 >/dev/null) in
        *[Nn]o\ such\ container* | *[Nn]o\ such\ object*) echo gone ;; # not the file of a socket
    esac
}

# NUMBER CONTAINER SINCE: fails when docker does
once() {
    code=$(logs "$1" "$2" --tail="$tail" ${3:+"--since=$3"})
    [ "$code" = 0 ] || [ "$(state "$2")" = gone ]
}

# NUMBER CONTAINER SINCE: fails when docker does, ends when the container is gone
again() {
    now=true since=$3 lines=$tail seen= # the first time also what a container that does not run has left
    while :; do
        case $now in
            gone) return 0 ;;
            "") return 1 ;;
            true*)
                [ -z "$seen" ] || echo "$1 r" >&4
                seen=yes
                code=$(logs "$1" "$2" --follow --tail="$lines" ${since:+"--since=$since"})
                now=$(state "$2")
                [ "$code" = 0 ] || [ "$now" = gone ] || return 1
                since=${now#* } lines=all
                case $since in 0001-*) since= ;; esac # it never ended yet
                ;;
        esac
        echo >&4
        sleep 1
        now=$(state "$2")
    done
}

# Prints what comes in pieces of a tenth of a second: else sshd makes a packet of every line, and reading those
# costs the other side twenty times as much. A full piece is followed by the next one at once.
in_pieces() {
    while :; do
        case $(dd bs=65536 count=1 2>&1 >&5) in
            0+0*) return 0 ;;
            0+1*) sleep 0.1 2>/dev/null ;;
            1+0*) ;;
            *) return 0 ;; # nobody reads any more
        esac
    done
}

# ENTRY…: the logs on 4; fails when docker does
all() {
    failed=0 started=
    for entry in "$@"; do
        rest=${entry#*=}
        if [ "$follow" = yes ]; then
            again "${entry%%=*}" "${rest%%=*}" "${rest#*=}" &
            started="$started $!"
        else
            once "${entry%%=*}" "${rest%%=*}" "${rest#*=}" || failed=1
        fi
    done
    for one in $started; do
        wait "$one" || failed=1
    done
    return "$failed"
}

exec 5>&1
if [ "$follow" = yes ]; then
    code=$(
        exec 6>&1
        { all "$@" 4>&1 >/dev/null; echo "$?" >&6; } | in_pieces
    )
    exit "$code"
fi
exec 4>&1
all "$@"
