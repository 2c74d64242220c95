#!/bin/sh
folder=/opt/dify/.dify-installer/jobs/apply-20261203T175408Z-73796f

started() { sed -n '/.*) Z /!s/.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

umask 022
{ printf '%s %s %s\n' "$$" "$(started $$)" "$(cat /proc/sys/kernel/random/boot_id)" >"$folder/pid.new"; } 2>/dev/null
printf '\n\n\n\n\n\n\n\n' >"$folder/exit.new" # room for the end, taken while there is some: overwritten
mv -f "$folder/pid.new" "$folder/pid"
say() { printf '\n%s\n' "$1"; }
note() { printf '%s %s\n' "$1" "$(date +%s)" >>"$folder/times"; }
finish() {
  printf '%s\n' "$1" 1<>"$folder/exit.new" && mv -f "$folder/exit.new" "$folder/exit"
  exit "$1"
}
stopping() { if [ -e "$folder/stop" ]; then exit 143; fi; }
attempt() {
  # $1 seconds to go on trying, $2 whether earlier output is dropped, $3 what to run, $4 what says: hopeless
  began=$(date +%s) end=$(($(date +%s) + $1)) lost=0
  while :; do
    if [ "$2" = quiet ]; then "$3" >"$folder/attempt" 2>&1; else "$3"; fi
    code=$?
    if [ "$code" -eq 0 ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
    if [ $# -lt 4 ] || [ -z "$("$4" 2>/dev/null)" ]; then lost=0; else lost=$((lost + 1)); fi
    if [ "$lost" -ge 4 ]; then break; fi
    # most are there within seconds: they are not asked too late, and the others not too often
    if [ "$(($(date +%s) - began))" -lt 10 ]; then sleep 0.2 2>/dev/null || sleep 1; else sleep 2; fi
  done
  if [ "$2" = quiet ]; then cat "$folder/attempt"; rm -f "$folder/attempt"; fi
  return "$code"
}

for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do case $name in PATH|HOME|USER|LOGNAME|TMPDIR|XDG_RUNTIME_DIR|XDG_CONFIG_HOME|DOCKER_CONFIG|HTTP_PROXY|HTTPS_PROXY|NO_PROXY|http_proxy|https_proxy|no_proxy|SSH_AUTH_SOCK|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|PROGRAMW6432) ;; *) unset "$name" ;; esac; done
trap '' HUP
COMPOSE_PROFILES=weaviate,postgresql,collaboration; export COMPOSE_PROFILES
cd /opt/dify/docker || finish 126
stage_0() { sh -c '# Has the Docker Engine fetch images, several at once, and prints what it says about each.
#   sh -c … FOLDER LINE AT_ONCE "PAUSES" {NAME QUERY LOGIN}…
# FOLDER: for what is needed meanwhile. LINE: printed first. PAUSES: seconds between the tries for one image.
# Lines: "NAME {…}" the Engine'"'"'s own, of a layer'"'"'s progress two a second; "NAME done", "NAME again SECONDS",
# "NAME failed"; "tick" at least every second. Docker'"'"'s client only passes the connection on, wherever the Engine is;
# where it keeps a login for a registry (LOGIN), only the client itself can use it, and says less.
scratch=$1/pull at_once=$3 pauses=$4
printf '"'"'%s\n'"'"' "$2"
shift 4
cr=$(printf '"'"'\r'"'"')
rm -rf "$scratch"
mkdir "$scratch" || exit 1
config=${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json

final() {
    case $1 in
    *'"'"'no space left on device'"'"'*|*'"'"'disk quota exceeded'"'"'*|*'"'"'not enough space on the disk'"'"'*|*'"'"'no matching manifest for'"'"'*|*'"'"'no match for platform in manifest'"'"'*|*'"'"'does not match the specified platform'"'"'*|*toomanyrequests*|*TOOMANYREQUESTS*|*'"'"'429 Too Many Requests'"'"'*|*'"'"'rate limit'"'"'*|*'"'"'pull access denied'"'"'*|*unauthorized:*|*denied:*|*'"'"'no basic auth credentials'"'"'*|*'"'"'401 Unauthorized'"'"'*|*'"'"'403 Forbidden'"'"'*|*'"'"'manifest unknown'"'"'*|*'"'"'name unknown'"'"'*|*'"'"': not found'"'"'*) return 0 ;;
    esac
    return 1
}

known() { # LOGIN: whether there may be one; the key of "auths" is that of "credHelpers", too
    grep -qF -e "\"$1\"" -e '"'"'"credsStore"'"'"' "$config" 2>/dev/null
}

due() { # LINE: whether this half second had none of the same layer
    id=${1##*\"id\":\"} id=${id%%\"*}
    case $id in '"'"''"'"' | *[!0-9a-f]*) return 0 ;; esac
    read -r now _ </proc/uptime
    case ${now#*.} in [0-4]*) now=${now%.*}0 ;; *) now=${now%.*}5 ;; esac
    eval "was=\${at_$id-} at_$id=$now"
    [ "$was" != "$now" ]
}

answer() { # NAME: standard input is what the Engine or the client says. 0: the image is there
    error='"'"''"'"' code=1 head='"'"''"'"'
    while IFS= read -r line || [ "$line" ]; do
        line=${line%"$cr"}
        case $line in
        HTTP/1*) head=1 ;;
        '"'"''"'"') head='"'"''"'"' ;;
        '"'"'{"status":"Extracting"'"'"'*) continue ;;
        '"'"'{"status":"Downloading"'"'"'*)
            if due "$line"; then printf '"'"'%s %s\n'"'"' "$1" "${line%%,\"progress\":*},\"id\":\"$id\"}"; fi
            continue
            ;;
        '"'"'{"status":"Status: '"'"'* | '"'"'Status: '"'"'*) code=0 ;;
        '"'"'{"status":'"'"'*) ;;
        *) [ "$head" ] || error=$line ;;
        esac
        [ "$head" ] || [ -z "$line" ] || printf '"'"'%s %s\n'"'"' "$1" "$line"
    done
    case $error in *'"'"'"error'"'"'* | *'"'"'"message"'"'"'*) code=1 ;; esac
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
        printf '"'"'POST /images/create?%s HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n'"'"' "$3" >&3
        docker system dial-stdio <&3 >&4 2>&1 3<&- 4>&- 5<&- &
    fi
    asking=$!
    exec 4>&- # the client'"'"'s alone now: its end is the end
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
    for pause in $pauses '"'"''"'"'; do
        if once "$@"; then printf '"'"'%s done\n'"'"' "$2" && return 0; fi
        if [ -e "$scratch/failed" ]; then return 1; fi
        if [ -z "$pause" ] || final "$error"; then break; fi
        printf '"'"'%s again %s\n'"'"' "$2" "$pause"
        while [ "$pause" -gt 0 ]; do
            sleep 1
            if [ -e "$scratch/failed" ]; then return 1; fi
            pause=$((pause - 1))
        done
    done
    : >"$scratch/failed"
    printf '"'"'%s failed\n'"'"' "$2"
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
workers='"'"''"'"'
while [ "$at_once" -gt 0 ]; do
    worker "$@" &
    workers="$workers $!" at_once=$((at_once - 1))
done
result=0
for one in $workers; do wait "$one" || result=1; done
if [ -e "$scratch/failed" ]; then result=1; fi
rm -rf "$scratch"
exit "$result"
' pull "$folder" '{"images":{"postgres:15-alpine":[["1064674ec74d",1818],["c2d5e876d12d",48164057],["ab964413da95",58373740],["531c3b3fdaa8",923],["0094f35f53a8",2365648],["4a75ca802b4a",1321088],["1fc05babd1f5",798808],["9c1a3568c30c",532548],["c4d0f4069b4b",266288]],"langgenius/dify-api:99.0.0":[["6bab74123dbd",1751],["c2d5e876d12d",48164057],["a765ec9e5d83",1269],["92c6950d038e",18123],["35e16d2d5fd5",24762233],["d44846607553",13753393],["f56929d3132c",8254093],["9691be25575f",5509568],["201d2b7a44ff",2754798]],"ubuntu/squid:latest":[["376a8586bebf",1709],["c2d5e876d12d",48164057],["abaf512327dc",22545489],["9f30e0e11aa6",157],["b4ae9a46e2eb",1689753],["e13201f994b8",942178],["ffba3e837476",573508],["9bc1fdc0a156",378933],["0e2506fa25d3",194598]],"langgenius/dify-plugin-daemon:0.99.0-local":[["70bf6582bc18",1757],["c2d5e876d12d",48164057],["a765ec9e5d83",1269],["92c6950d038e",18123],["d15ef38a13e2",10128158],["b04dcc0ddb4d",5632453],["6dfad4d932f3",3379483],["439d58455d44",2252998],["9dbb41d4b213",1136753]],"langgenius/dify-sandbox:0.2.99":[["c7511b1adba3",1751],["c2d5e876d12d",48164057],["a765ec9e5d83",1269],["92c6950d038e",18123],["c63726e5042f",4055373],["5f232d0ddb9d",2252998],["d22769bec2fb",1351808],["83d500bfc9d6",911453],["f82d18eaa496",460863]],"langgenius/dify-web:99.0.0":[["c718e5b1cd42",1747],["c2d5e876d12d",48164057],["a765ec9e5d83",1269],["92c6950d038e",18123],["7021c4b9dee3",4055373],["d6fd35d50dcf",2252998],["dcf6fc297b5d",1351808],["58047ea0f9de",911453],["53425b308de8",460863]],"nginx:latest":[["8afd373bdadd",1597],["c2d5e876d12d",48164057],["c8ea919c5f81",3108898],["55eccd8a08ba",1577108],["f0be683feed9",880733],["1125872b3ed7",532548],["5aec17134eab",358453],["90f2b219d638",184358]],"redis:6-alpine":[["9c8ac94bd80c",1707],["c2d5e876d12d",48164057],["b0167fafaca4",3775053],["e27ee469ac85",349],["c01a7734f061",276528],["0b79b51cdafe",153638],["49a871341b7f",92188],["a0734ba13818",71708],["d90cc9fbb581",40988]],"semitechnologies/weaviate:1.27.0":[["505952aa8a0e",1752],["c2d5e876d12d",48164057],["a765ec9e5d83",1269],["92c6950d038e",18123],["27070566d21d",1136753],["53357ccd6bbf",634953],["0980a73fe88a",378933],["11bcd713ca6e",256043],["c4c0efd05e37",133158]],"busybox:latest":[["5c07244feca9",838],["aa27cc237cfc",1106339]]}}' 16 '2 5 15' postgres:15-alpine 'fromImage=docker.io%2Flibrary%2Fpostgres&tag=15-alpine' https://index.docker.io/v1/ langgenius/dify-api:99.0.0 'fromImage=docker.io%2Flanggenius%2Fdify-api&tag=99.0.0' https://index.docker.io/v1/ ubuntu/squid:latest 'fromImage=docker.io%2Fubuntu%2Fsquid&tag=latest' https://index.docker.io/v1/ langgenius/dify-plugin-daemon:0.99.0-local 'fromImage=docker.io%2Flanggenius%2Fdify-plugin-daemon&tag=0.99.0-local' https://index.docker.io/v1/ langgenius/dify-sandbox:0.2.99 'fromImage=docker.io%2Flanggenius%2Fdify-sandbox&tag=0.2.99' https://index.docker.io/v1/ langgenius/dify-web:99.0.0 'fromImage=docker.io%2Flanggenius%2Fdify-web&tag=99.0.0' https://index.docker.io/v1/ nginx:latest 'fromImage=docker.io%2Flibrary%2Fnginx&tag=latest' https://index.docker.io/v1/ redis:6-alpine 'fromImage=docker.io%2Flibrary%2Fredis&tag=6-alpine' https://index.docker.io/v1/ semitechnologies/weaviate:1.27.0 'fromImage=docker.io%2Fsemitechnologies%2Fweaviate&tag=1.27.0' https://index.docker.io/v1/ busybox:latest 'fromImage=docker.io%2Flibrary%2Fbusybox&tag=latest' https://index.docker.io/v1/; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 0 pull'
attempt 0 loud stage_0 ; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 0 '"$code"' pull'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_1() { { printf %s '# Written by Dify Installer: Dify'"'"'s release names these images without a version, so here stands which ones
# this installation has. Compose reads this file because COMPOSE_FILE in .env names it. A digest changed here
# stays; an entry that is taken out is made anew, from the image that the machine has then, or downloads.
services:
' && { docker image inspect --format '{{$d := ""}}{{range .RepoDigests}}{{$p := split . "@"}}{{if and (eq $d "") (eq (index $p 0) "busybox")}}{{$d = index $p 1}}{{end}}{{end}}{{if eq $d ""}}  init_permissions: {} # busybox:latest has no digest of a registry here: not pinned{{else}}  init_permissions:{{"\n"}}    image: busybox:latest@{{$d}}{{end}}' busybox:latest || printf %s '  init_permissions: {}
'; } && { docker image inspect --format '{{$d := ""}}{{range .RepoDigests}}{{$p := split . "@"}}{{if and (eq $d "") (eq (index $p 0) "nginx")}}{{$d = index $p 1}}{{end}}{{end}}{{if eq $d ""}}  nginx: {} # nginx:latest has no digest of a registry here: not pinned{{else}}  nginx:{{"\n"}}    image: nginx:latest@{{$d}}{{end}}' nginx:latest || printf %s '  nginx: {}
'; } && { docker image inspect --format '{{$d := ""}}{{range .RepoDigests}}{{$p := split . "@"}}{{if and (eq $d "") (eq (index $p 0) "ubuntu/squid")}}{{$d = index $p 1}}{{end}}{{end}}{{if eq $d ""}}  ssrf_proxy: {} # ubuntu/squid:latest has no digest of a registry here: not pinned{{else}}  ssrf_proxy:{{"\n"}}    image: ubuntu/squid:latest@{{$d}}{{end}}' ubuntu/squid:latest || printf %s '  ssrf_proxy: {}
'; }; } >docker-compose.pins.yaml.new && cat docker-compose.pins.yaml.new && mv -f docker-compose.pins.yaml.new docker-compose.pins.yaml; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 1 pull:pins'
attempt 0 loud stage_1 ; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 1 '"$code"' pull:pins'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_2() { sh -c 'name=$1 label=$2 image=$3 seconds=$4 patience=$5 nonce=$6 count=$7
shift 7
for spec in "$@"; do shift; set -- "$@" --publish "$spec"; done
docker rm --force "$name" >/dev/null 2>&1
docker run --rm --name "$name" --label "$label" --pull never --memory 128m --entrypoint sh "$@" "$image" -c '"'"'
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
'"'"' sh "$nonce" "$seconds" "$count" "$patience" || echo "no answer could be given there (exit $?)"
exit 0' sh dify-installer-reach dify-installer.reach=dify nginx:latest 25 6 7b017eca118a8b56542ed5d4aea8ddd6 1 80:80; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 2 reach'
attempt 0 loud stage_2 ; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 2 '"$code"' reach'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_3() { docker compose --ansi never up --detach --no-deps db_postgres redis; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 3 databases'
attempt 0 loud stage_3 ; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 3 '"$code"' databases'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_4() { docker compose --ansi never exec -T db_postgres pg_isready -h 127.0.0.1 -q; }
hopeless_4() { docker compose --ansi never ps --quiet --status restarting db_postgres; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 4 databases:db_postgres'
attempt 180 quiet stage_4 hopeless_4; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 4 '"$code"' databases:db_postgres'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_5() { docker compose --ansi never exec -T redis sh -c 'redis-cli ping | grep -q PONG'; }
hopeless_5() { docker compose --ansi never ps --quiet --status restarting redis; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 5 databases:redis'
attempt 180 quiet stage_5 hopeless_5; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 5 '"$code"' databases:redis'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_6() { docker compose --ansi never up --detach --remove-orphans api api_websocket db_postgres init_permissions plugin_daemon redis sandbox ssrf_proxy weaviate web worker worker_beat; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 6 start'
attempt 0 loud stage_6 ; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 6 '"$code"' start'
if [ "$code" -ne 0 ]; then finish "$code"; fi
stage_7() { docker compose --ansi never up --detach --no-deps nginx; }
stopping
note begin; say '87ea3b4ee2f74fdbb5c08622 begin 7 start:front'
attempt 0 loud stage_7 ; code=$?
stopping
note end; say '87ea3b4ee2f74fdbb5c08622 end 7 '"$code"' start:front'
if [ "$code" -ne 0 ]; then finish "$code"; fi
finish 0
