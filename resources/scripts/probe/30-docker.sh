# Docker: the client and the Engine, each command at most once, all of them beside each other.
docker_path=$(command -v docker 2>/dev/null)
docker_real=$(readlink -f "$docker_path" 2>/dev/null || printf %s "$docker_path")
podman=no
if [ -n "$docker_path" ]; then
    case $docker_real in
    */podman) podman=yes ;;
    *) [ "$(head -c 2 "$docker_real" 2>/dev/null)" = '#!' ] && grep -q podman "$docker_real" 2>/dev/null && podman=yes ;;
    esac
fi
may_ask_docker() { [ -n "$docker_path" ] && [ "$podman" = no ]; }

part_docker() {
    [ -n "$docker_path" ] || return 0
    printf 'path=%s\nreal=%s\npodman=%s\n' "$docker_path" "$docker_real" "$podman"
    if [ "$podman" = yes ]; then
        printf 'error=%s\n' "$(limit 5 docker --version 2>/dev/null | head -n 1)"
        return 0
    fi
    # `docker info` ends with 0 also when it reached no Engine; `docker version` does not
    if answer=$(limit 10 docker version --format 'client={{.Client.Version}}
client_api={{.Client.APIVersion}}
server={{.Server.Version}}
api={{.Server.APIVersion}}
api_min={{.Server.MinAPIVersion}}
os_type={{.Server.Os}}' 2>&1); then
        printf '%s\n' "$answer"
    else
        # without an Engine the template stops half-way: the client's lines are kept, the rest is the reason
        printf '%s\n' "$answer" | grep '^client'
        printf 'error=%s\n' "$(printf '%s\n' "$answer" | grep -vE '^(client|client_api|server)=' | tr '\n' ' ')"
    fi
}
part_info() { may_ask_docker && limit 10 docker info --format '{{json .}}'; }
part_containers() {
    may_ask_docker && limit 10 docker ps -a --no-trunc --format '{{.ID}}	{{.Names}}	{{.State}}	{{.Image}}	{{.Label "com.docker.compose.project"}}	{{.Label "com.docker.compose.service"}}	{{.Label "com.docker.compose.project.working_dir"}}	{{.Status}}	{{.Ports}}	{{.Label "com.docker.compose.oneoff"}}	{{.Label "com.docker.compose.project.config_files"}}' |
        grep -E '^[0-9a-f]{64}	' # a label may hold line feeds: what follows one is no container
}
part_images() { may_ask_docker && limit 10 docker images --digests --format '{{.Repository}}:{{.Tag}}@{{.Digest}}'; }
part_volumes() {
    may_ask_docker && limit 10 docker volume ls --format '{{.Name}}	{{.Label "com.docker.compose.project"}}	{{.Label "com.docker.compose.volume"}}' && echo complete=yes
}
part_networks() {
    may_ask_docker || return 0
    networks=$(limit 10 docker network ls -q) && [ -n "$networks" ] || return 0
    # one word each: ids
    limit 10 docker network inspect --format '{{.Name}}	{{.Driver}}	{{range .IPAM.Config}}{{.Subnet}} {{end}}	{{with .Labels}}{{index . "com.docker.compose.project"}}{{end}}' $networks
}

# Compose, where the client's own list of plugins does not name it
part_compose() {
    [ -n "$docker_path" ] || return 0
    grep -q '"Name":"compose"' "${work:-/nonexistent}/info" 2>/dev/null && return 0
    # a client that did not even tell its version in time is not asked again
    [ -z "$work" ] || [ "$podman" = yes ] || grep -qE '^(client|error)=.' "$work/docker" || return 0
    if [ "$podman" = no ] && plugin=$(limit 5 docker compose version --short 2>/dev/null); then
        printf 'compose=%s\n' "$plugin"
    elif has docker-compose; then
        printf 'compose_standalone=%s\n' "$(limit 10 docker-compose version --short 2>/dev/null)"
    fi
}

part_daemon() {
    for file in /etc/docker/daemon.json /var/snap/docker/current/config/daemon.json "${HOME:-/nonexistent}/.config/docker/daemon.json"; do
        if [ -e "$file" ]; then
            printf 'path=%s\nreadable=%s\n' "$file" "$(yes_no test -r "$file")"
            [ -r "$file" ] && head -c 16384 "$file" | masked | sed 's/^/json=/'
            break
        fi
    done
    [ -x /etc/docker ] || [ ! -e /etc/docker ] && echo looked=yes
    for file in /etc/systemd/system/docker.service.d/*.conf; do
        [ -r "$file" ] && sed -n -e 's/^Environment=/drop_in=&/p' -e 's/^ExecStart=/drop_in=&/p' "$file" | masked
    done
    for file in "${login_home:-${HOME:-/nonexistent}}/.docker/config.json" "${HOME:-/nonexistent}/.docker/config.json"; do
        # never the whole file: it holds log-ins of registries
        [ -r "$file" ] && sed -n -e 's/.*"currentContext"[^:]*: *"\([^"]*\)".*/context=\1/p' \
            -e 's/.*"credsStore"[^:]*: *"\([^"]*\)".*/creds_store=\1/p' "$file"
    done
    ls -ld /var/run/docker.sock 2>/dev/null | sed 's/^/socket=/'
    [ -w /var/run/docker.sock ] && echo socket_writable=yes
    [ -S "/run/user/$login_uid/docker.sock" ] && printf 'rootless=%s\n' "/run/user/$login_uid/docker.sock"
    return 0
}

part_units() {
    [ -d /run/systemd/system ] && has systemctl || return 0
    limit 5 systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p Result \
        docker.service docker.socket containerd.service podman.socket snap.docker.dockerd.service ufw.service firewalld.service \
        nftables.service iptables.service apparmor.service systemd-timesyncd.service chronyd.service \
        unattended-upgrades.service apt-daily.service apt-daily-upgrade.service cloud-final.service cloud-init.service
}
# only where the Engine did not answer: a big journal takes its time
part_journal() {
    [ -n "$docker_path" ] && [ -d /run/systemd/system ] && has journalctl || return 0
    limit 4 journalctl -u docker.service -n 30 --no-pager -o cat 2>/dev/null | cut -c1-400 | masked
}
