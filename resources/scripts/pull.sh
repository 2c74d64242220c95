# Has the Docker Engine fetch images, several at once, and prints what it says about each.
#   sh -c … FOLDER LINE AT_ONCE "PAUSES" {NAME QUERY LOGIN}…
# FOLDER: for what is needed meanwhile. LINE: printed first. PAUSES: seconds between the tries for one image.
# Lines: "NAME {…}" the Engine's own, of a layer's progress two a second; "NAME done", "NAME again SECONDS",
# "NAME failed"; "tick" at least every second. Docker's client only passes the connection on, wherever the Engine is;
# where it keeps a login for a registry (LOGIN), only the client itself can use it, and says less.
final_texts=@FINAL@
scratch=$1/pull at_once=$3 pauses=$4
printf '%s\n' "$2"
shift 4
cr=$(printf '\r')
rm -rf "$scratch"
mkdir "$scratch" || exit 1
config=${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json

final() { # ERROR: one of those after which the same question is not asked again
    printf '%s\n' "$1" | grep -q -F -e "$final_texts"
}

known() { # LOGIN: whether there may be one; the key of "auths" is that of "credHelpers", too
    grep -qF -e "\"$1\"" -e '"credsStore"' "$config" 2>/dev/null
}

due() { # LINE: whether this half second had none of the same layer
    id=${1##*\"id\":\"} id=${id%%\"*}
    case $id in '' | *[!0-9a-f]*) return 0 ;; esac
    read -r now _ </proc/uptime
    case ${now#*.} in [0-4]*) now=${now%.*}0 ;; *) now=${now%.*}5 ;; esac
    eval "was=\${at_$id-} at_$id=$now"
    [ "$was" != "$now" ]
}

answer() { # NAME: standard input is what the Engine or the client says. 0: the image is there
    error='' code=1 head=''
    while IFS= read -r line || [ "$line" ]; do
        line=${line%"$cr"}
        case $line in
        HTTP/1*) head=1 ;;
        '') head='' ;;
        '{"status":"Extracting"'*) continue ;;
        '{"status":"Downloading"'*)
            if due "$line"; then printf '%s %s\n' "$1" "${line%%,\"progress\":*},\"id\":\"$id\"}"; fi
            continue
            ;;
        '{"status":"Status: '* | 'Status: '*) code=0 ;;
        '{"status":'*) ;;
        *) [ "$head" ] || error=$line ;;
        esac
        [ "$head" ] || [ -z "$line" ] || printf '%s %s\n' "$1" "$line"
    done
    case $error in *'"error'* | *'"message"'*) code=1 ;; esac
    return "$code"
}

once() { # FOLDER NAME QUERY LOGIN
    rm -f "$1/in" "$1/out"
    mkfifo "$1/in" "$1/out" || return 1
    exec 3<>"$1/in" # stays open: an Engine stops when its client has nothing more to say
    # both ends are open before the client starts: opening one waits for the other, and a client that is ended
    # before it has opened its own would leave us waiting for good
    exec 4<>"$1/out" 5<"$1/out"
    if known "$4"; then
        docker pull "$2" </dev/null >&4 2>&1 3<&- 4>&- 5<&- &
    else
        printf 'POST /images/create?%s HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n' "$3" >&3
        docker system dial-stdio <&3 >&4 2>&1 3<&- 4>&- 5<&- &
    fi
    asking=$!
    exec 4>&- # the client's alone now: its end is the end
    echo "$asking" >"$1/pid"
    if [ -e "$scratch/failed" ]; then kill "$asking" 2>/dev/null; fi # too late to be found by that one
    answer "$2" <&5
    got=$?
    rm -f "$1/pid"
    wait "$asking"
    exec 3<&- 5<&-
    return "$got"
}

fetch() { # FOLDER NAME QUERY LOGIN
    for pause in $pauses ''; do
        if once "$@"; then printf '%s done\n' "$2" && return 0; fi
        if [ -e "$scratch/failed" ]; then return 1; fi
        if [ -z "$pause" ] || final "$error"; then break; fi
        printf '%s again %s\n' "$2" "$pause"
        while [ "$pause" -gt 0 ]; do
            sleep 1
            if [ -e "$scratch/failed" ]; then return 1; fi
            pause=$((pause - 1))
        done
    done
    : >"$scratch/failed"
    printf '%s failed\n' "$2"
    for pid in "$scratch"/*/pid; do # what others wait for does not make it better
        if read -r asking 2>/dev/null <"$pid"; then kill "$asking" 2>/dev/null; fi
    done
    return 1
}

worker() { # {NAME QUERY LOGIN}…: takes what no other one has taken
    while [ "$#" -ge 3 ] && [ ! -e "$scratch/failed" ]; do
        if mkdir "$scratch/$#" 2>/dev/null; then fetch "$scratch/$#" "$1" "$2" "$3" || return 1; fi
        shift 3
    done
}

(while { sleep 0.5 2>/dev/null || sleep 1; } && [ -e "$scratch" ]; do echo tick; done) &
workers=''
while [ "$at_once" -gt 0 ]; do
    worker "$@" &
    workers="$workers $!" at_once=$((at_once - 1))
done
result=0
for one in $workers; do wait "$one" || result=1; done
if [ -e "$scratch/failed" ]; then result=1; fi
rm -rf "$scratch"
exit "$result"
