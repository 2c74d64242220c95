# What speaks for the cause of a failure, asked in one request right after it. Changes nothing. Begins with 10-tools.sh
# of the probe, whose arguments come first:
#   sh -s -- MARK DIRECTORY PROJECT SCHEME ADDRESS PORT NAME PATH SERVICE SINCE
# PORT 0: no web server to ask; SERVICE: whose log is wanted in any case; SINCE: of logs only what is newer ("90s")
# Every answer is a section, and each line counts as soon as it is there: the time is short.
scheme=$4 address=$5 port=$6 name=$7 path=$8 service=$9
shift 9
since=$1
DOCKER_CLI_HINTS=false
export DOCKER_CLI_HINTS
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

part_web() {
    case $address in *:*) url="$scheme://[$address]:$port$path" ;; *) url="$scheme://$address:$port$path" ;; esac
    if has curl; then
        limit 2 curl -q -g -sS -k -i --http1.0 --noproxy '*' -m 2 -H "Host: $name" "$url" 2>&1
    elif has wget; then
        limit 2 wget -S -O - -T 2 --no-check-certificate --header "Host: $name" "$url" 2>&1
    elif has bash && [ "$scheme" = http ]; then
        limit 2 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$4" "$3" >&3 && cat <&3' \
            bash "$address" "$port" "$name" "$path" 2>&1
    fi | head -c 2000
}

# LABEL FOLDER: free room, in df's own lines
disk() {
    near=$(nearest "$2")
    printf '%s_kb=%s\n' "$1" "$(limit 2 df -Pk "$near" | tail -n 1)"
    printf '%s_inodes=%s\n' "$1" "$(limit 2 df -Pi "$near" | tail -n 1)"
}
part_disks() {
    disk folder "$dir"
    root=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' /etc/docker/daemon.json | head -n 1)
    [ -n "$root" ] || root=/var/lib/docker
    # only where neither is true Docker itself is asked, which takes a while
    [ -d "$root" ] || root=$(limit 2 docker info --format '{{.DockerRootDir}}')
    [ -z "$root" ] || disk docker "$root"
}

part_kernel() {
    printf 'uptime=%s\n' "$(cut -d ' ' -f 1 /proc/uptime)"
    limit 1 dmesg | grep -iE 'oom-kill:|out of memory: kill' | tail -n 20
}

# a container without a health check has no .State.Health at all, not an empty one
state='{{.Id}} {{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}}'
state=$state' {{index .Config.Labels "com.docker.compose.service"}}|'
state=$state'{"id":{{json .Id}},"labels":{{json .Config.Labels}},"state":{{json .State.Status}},"exit_code":{{.State.ExitCode}}'
state=$state',"oom":{{.State.OOMKilled}},"restarts":{{.RestartCount}},"error":{{json .State.Error}}'
state=$state',"health":{{with index .State "Health"}}{{json .}}{{else}}null{{end}}}'
# ids of the service that the error names, then of those that are not well: well is what runs, was never begun again
# and is not ill, or ended with 0
chosen() {
    while read -r id is code again health name; do
        case "$is $code $again $health" in
            "running 0 0 none" | "running 0 0 " | "running 0 0 healthy" | "exited 0 "*)
                [ -z "$service" ] || [ "$name" != "$service" ] || echo "0 $id"
                ;;
            *) [ "$name" = "$service" ] && echo "0 $id" || echo "1 $id" ;;
        esac
    done | sort | cut -d ' ' -f 2
}

# LINES ID: straight to the answer, never through a file
log() {
    section "log_$2"
    limit 2 docker logs ${since:+"--since=$since"} --tail "$1" "$2" 2>&1 | tail -c 12000
}

[ "$port" = 0 ] || go web part_web
go disks part_disks
go kernel part_kernel
all=$(limit 3 docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" 2>/dev/null)
found=
[ -z "$all" ] || found=$(limit 3 docker inspect --type container --format "$state" $all 2>/dev/null)
# how many there are: what was cut off must not be taken for absent
section count
printf '%s\n' "$all" | grep -c .
section containers
printf '%s\n' "$found" | cut -d '|' -f 2-
# secrets are here: they are learned, so that no line below shows one
section env
cat "$dir/docker/.env" 2>/dev/null
bad=$(printf '%s\n' "$found" | cut -d '|' -f 1 | chosen)
for id in $(printf '%s\n' "$bad" | head -n 12); do
    log 60 "$id"
done
section memory
grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo 2>/dev/null
collect 2
for part in disks kernel; do
    show "$part"
done
if [ "$port" != 0 ]; then
    show web
    if [ -z "$bad" ] && [ -n "$work" ] && ! grep -q '^ *HTTP/[0-9.]* 200' "$work/web" 2>/dev/null; then
        for id in $all; do
            log 30 "$id"
        done
    fi
fi
section end
