# Gathers what the plan needs to know about a server, in one request, changing nothing.
#   sh -s -- MARK DIRECTORY PROJECT
# Every answer is a section: a line "MARK name", then raw text. POSIX sh; each part may be missing.
mark=$1 dir=$2 project=$3
section() { printf '\n%s %s\n' "$mark" "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin

section system
printf 'uid=%s\nuser=%s\nkernel=%s\narch=%s\nhostname=%s\n' "$(id -u)" "$(id -un)" "$(uname -sr)" "$(uname -m)" "$(uname -n)"
[ -r /etc/os-release ] && sed -n 's/^\(ID\|VERSION_ID\|PRETTY_NAME\)=/os_&/p' /etc/os-release
printf 'cpus=%s\n' "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 0)"
sed -n 's/^\(MemTotal\|MemAvailable\|SwapTotal\): *\([0-9]*\) kB/\1=\2/p' /proc/meminfo 2>/dev/null
printf 'now=%s\n' "$(date +%s)"

section docker
if has docker; then
    printf 'path=%s\n' "$(command -v docker)"
    # `docker info` ends with 0 also when it reached no Engine; `docker version` does not
    if server=$(docker version --format 'client={{.Client.Version}}
server={{.Server.Version}}
os_type={{.Server.Os}}' 2>&1); then
        printf '%s\n' "$server"
        docker info --format 'root={{.DockerRootDir}}' 2>/dev/null
    else
        printf 'error=%s\n' "$(printf '%s' "$server" | tr '\n' ' ')"
    fi
    if compose=$(docker compose version --short 2>/dev/null); then
        printf 'compose=%s\n' "$compose"
    elif has docker-compose; then
        printf 'compose_standalone=%s\n' "$(docker-compose version --short 2>/dev/null)"
    fi
fi

section listeners
# whose: process and pid are shown to root only
if has ss; then
    ss -H -l -t -n -p 2>/dev/null | sed 's/^/ss /'
else
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | sed 's/^/proc /'
fi

section directory
nearest=$dir
while [ ! -d "$nearest" ] && [ "$nearest" != / ] && [ -n "$nearest" ]; do nearest=$(dirname "$nearest"); done
if [ -d "$dir" ]; then echo exists=yes; elif [ -e "$dir" ]; then echo exists=file; else echo exists=no; fi
if [ -w "$nearest" ]; then echo writable=yes; else echo writable=no; fi
printf 'free_kb=%s\n' "$(df -Pk "$nearest" 2>/dev/null | awk 'NR==2{print $4}')"
root=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)
[ -n "$root" ] && printf 'docker_free_kb=%s\n' "$(df -Pk "$root" 2>/dev/null | awk 'NR==2{print $4}')"
if [ -d "$dir" ]; then ls -A "$dir" 2>/dev/null | sed 's/^/entry=/'; fi
if [ -d "$dir/docker" ]; then printf 'physical=%s\n' "$(cd "$dir/docker" && pwd -P)"; fi
if [ -d "$dir/docker" ]; then ls -A "$dir/docker" 2>/dev/null | sed 's/^/docker_entry=/'; fi

section record
cat "$dir/.dify-installer/installation.json" 2>/dev/null

section lock
cat "$dir/.dify-installer/lock" 2>/dev/null

section env
cat "$dir/docker/.env" 2>/dev/null

section files
# checksums of everything the record names; data folders are never walked
if [ -f "$dir/.dify-installer/manifest" ] && has sha256sum; then
    (cd "$dir/docker" && cut -c67- "$dir/.dify-installer/manifest" | while IFS= read -r f; do
        [ -f "$f" ] && sha256sum "./$f"
    done)
fi

section containers
if has docker; then
    docker ps -a --no-trunc --format '{{.ID}}	{{.Names}}	{{.State}}	{{.Image}}	{{.Label "com.docker.compose.project"}}	{{.Label "com.docker.compose.service"}}	{{.Label "com.docker.compose.project.working_dir"}}	{{.Status}}	{{.Ports}}	{{.Label "com.docker.compose.oneoff"}}' 2>/dev/null
fi

section images
has docker && docker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null

section jobs
for job in "$dir"/.dify-installer/jobs/*/exit; do
    [ -f "$job" ] || continue
    name=${job%/exit}
    printf '%s=%s\n' "${name##*/}" "$(cat "$job")"
done

section end
