# Takes back what one repair changed on the machine, by its notes. $1 the folder of its notes, $2 whether Docker's own
# data may go with Docker (yes or no). What somebody changed since stays, with a line "left …" for each.
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
cd -- "$1" 2>/dev/null || exit 0
[ -e whole ] || exit 0
packages() {
    if command -v dpkg-query >/dev/null; then
        dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii  *//p'
    elif command -v rpm >/dev/null; then rpm -qa --qf '%{NAME}\n' 2>/dev/null; fi | sort -u
}
left() { echo "left $*"; }
# which of the files are there as this begins: what is missing later went with a package, not by somebody
if [ ! -e there ]; then
    while IFS= read -r line; do
        path=/${line#*/}
        if [ -e "$path" ] || [ -L "$path" ]; then printf '%s\n' "$path"; fi
    done <paths >there.new && mv -f there.new there || exit 1
fi
# whether the repair left the file $1, and somebody removed it since
removed_since() { cut -c67- sums 2>/dev/null | grep -q -x -F -e "$1" && ! grep -q -x -F -e "$1" there; }
# this machine's Docker, whatever a person's context or environment says
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY
export DOCKER_HOST=unix:///var/run/docker.sock
# kept: what Docker, or its containerd, keeps for anybody; a question without an answer counts as something. Where
# Docker does not answer, not even once it is started, what its folders say
kept() {
    docker version >/dev/null 2>&1 || systemctl start docker.service 2>/dev/null
    if docker version >/dev/null 2>&1; then
        docker ps -aq || echo unknown
        docker images -q || echo unknown
        docker volume ls -q || echo unknown
        case $(docker info -f '{{.Swarm.LocalNodeState}}' 2>/dev/null) in '' | inactive | '<no value>') ;; *) echo swarm ;; esac
    else
        ls -A -d /var/lib/docker/containers/* /var/lib/docker/volumes/*/ /var/lib/docker/image/*/imagedb/content/sha256/* \
            /var/lib/docker/swarm/* 2>/dev/null
    fi
    if command -v ctr >/dev/null && [ -S /run/containerd/containerd.sock ]; then
        ctr namespaces ls -q 2>/dev/null | grep -v -x moby | while IFS= read -r space; do
            ctr -n "$space" containers ls -q 2>/dev/null
            ctr -n "$space" images ls -q 2>/dev/null
        done
    fi
}

# forget_network: what Docker leaves in the kernel when it ends: its bridge, its chains in the firewall (those of a
# Docker outside of this machine have other names), and that packets are passed on
chains='DOCKER(-(USER|FORWARD|BRIDGE|CT|INTERNAL|INGRESS|ISOLATION-STAGE-[12]))?'
forget_network() {
    ip link show docker0 >/dev/null 2>&1 && ip link delete docker0
    for tool in iptables ip6tables; do
        command -v $tool-save >/dev/null || continue
        $tool-save >rules.now 2>/dev/null && grep -q -E "^:$chains " rules.now || continue
        if $tool -w -S DOCKER-USER 2>/dev/null | grep '^-A' | grep -q -v -x -e '-A DOCKER-USER -j RETURN'; then
            left "rules of the chain DOCKER-USER ($tool)"
            continue
        fi
        if ! grep -v -E "(^:|-A |-j |-g )$chains( |\$)|^-A (FORWARD|POSTROUTING|PREROUTING|OUTPUT) (.* )?-[io] (docker0|br-[0-9a-f]{12})( |\$)" \
            rules.now >rules.then; then # no room for it
            left "Docker's chains in the firewall ($tool)"
            continue
        fi
        # whoever has changed them meanwhile is not overwritten
        $tool-save 2>/dev/null | grep -v '^#' >rules.again
        grep -v '^#' rules.now | sed 's/\[[0-9]*:[0-9]*\]//' >rules.seen
        if ! sed 's/\[[0-9]*:[0-9]*\]//' rules.again | cmp -s - rules.seen || ! $tool-restore -w <rules.then; then
            left "Docker's chains in the firewall ($tool)"
            continue
        fi
        # Docker has made it DROP: back to what was noted, and nothing where nothing was
        if [ "$tool" = iptables ] && [ -s forward ] && ! ufw status 2>/dev/null | grep -q '^Status: active'; then
            $tool -w -P FORWARD "$(cat forward)" || left "policy of the chain FORWARD"
        fi
    done
    # somebody else's bridge, tunnel or virtual machine may want it by now
    for kind in bridge tun wireguard; do
        [ -z "$(ip -o link show type $kind 2>/dev/null)" ] || return 0
    done
    while IFS== read -r name value; do
        slashes=$(printf '%s' "$name" | tr . /)
        grep -q -s -E "^[[:space:]]*($name|$slashes)[[:space:]]*=[[:space:]]*1" /etc/sysctl.conf /etc/sysctl.d/*.conf \
            /run/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /etc/ufw/sysctl.conf && continue
        [ "$(sysctl -n "$name" 2>/dev/null)" = "$value" ] || sysctl -q -w "$name=$value"
    done <forwarding 2>/dev/null
}

# swap files first: one that is in use cannot be removed
sed -n 's/^absent //p' paths | while IFS= read -r path; do
    if grep -q -s "^$path " /proc/swaps; then swapoff "$path" || left "$path"; fi
    if [ -f /etc/fstab ] && grep -q -x -F "$path none swap sw 0 0" /etc/fstab; then
        cp -p /etc/fstab /etc/fstab.dify-installer &&
            LINE="$path none swap sw 0 0" awk '$0 != ENVIRON["LINE"]' /etc/fstab >/etc/fstab.dify-installer &&
            mv -f /etc/fstab.dify-installer /etc/fstab && rm -f /etc/fstab.before-swap || left "/etc/fstab"
        rm -f /etc/fstab.dify-installer
    fi
done

# packages that came with it, unless something else needs them by now: those that were installed by their names, and
# what only they need. Whatever else came meanwhile (an update, a person's own) is not ours
{ sed -n 's/^package //p' changes; cat packages.maybe 2>/dev/null; } | sort -u >packages.named
if [ -s packages.named ] && [ -s packages.before ] && [ -s packages.after ] && [ ! -e packages.unknown ]; then
    packages >packages.now
    comm -13 packages.before packages.after | comm -12 - packages.now >packages.came
    comm -12 packages.came packages.named >packages.ours
    if command -v apt-get >/dev/null && [ -s packages.ours ]; then
        apt-get purge --simulate --autoremove -o APT::AutoRemove::RecommendsImportant=false \
            -o APT::AutoRemove::SuggestsImportant=false $(cat packages.ours) 2>/dev/null |
            sed -n -E 's/^(Purg|Remv) ([^ ]*).*/\2/p' | cat - packages.ours | sort -u >packages.along
    else cp packages.ours packages.along; fi
    comm -12 packages.came packages.along >packages.gone
    strange=$(comm -23 packages.came packages.gone | tr '\n' ' ')
    [ -z "$strange" ] || left "packages that came at the same time: $strange"
    if [ -s packages.gone ]; then
        docker=no
        if grep -q -x -e docker-ce -e docker.io -e moby-engine -e docker packages.gone; then docker=yes; fi
        if [ "$docker" = yes ] && [ -n "$(kept)" ]; then
            left "Docker: containers, images or volumes are still there"
            : >packages.gone # its notes are kept for another time
            exit 0
        else
            if command -v apt-get >/dev/null; then
                taken=$(apt-get purge --simulate $(cat packages.gone) 2>/dev/null | sed -n 's/^Purg \([^ ]*\).*/\1/p' | sort -u)
            elif rpm -e --test $(cat packages.gone) >/dev/null 2>&1; then taken=$(cat packages.gone)
            else taken=$(cat packages.gone; echo others); fi
            if [ -n "$(printf '%s\n' "$taken" | comm -23 - packages.gone)" ]; then
                left "packages that others need: $(printf '%s\n' "$taken" | comm -23 - packages.gone | tr '\n' ' ')"
                docker=no
            else
                if [ "$docker" = yes ]; then systemctl stop docker.socket docker.service containerd.service 2>/dev/null; fi
                if command -v apt-get >/dev/null; then
                    apt-get purge -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 $(cat packages.gone)
                else rpm -e $(cat packages.gone); fi || { left "packages"; exit 0; } # its notes are kept
            fi
        fi
        if [ "$docker" = yes ] && ! command -v dockerd >/dev/null; then
            forget_network
            for folder in /var/lib/docker /var/lib/containerd /etc/docker /etc/containerd /etc/cni /run/docker /run/containerd; do
                grep -q -x "absent $folder" paths || continue
                [ -e "$folder" ] || continue
                case $folder in
                /etc/*) find "$folder" -depth -type d -empty -delete; [ ! -e "$folder" ] || left "$folder" ;; # a person's by now
                *) case $2 in yes) rm -rf --one-file-system -- "$folder" || left "$folder" ;; *) left "$folder" ;; esac ;;
                esac
            done
            if grep -q '^absent-group docker' groups; then groupdel docker 2>/dev/null; fi
        fi
    fi
fi

# files: as they were, unless somebody changed them since
changed=no
while IFS= read -r line; do
    path=/${line#*/}
    now=$([ -f "$path" ] && sha256sum -- "$path")
    case $line in
        "absent "*)
            [ -f "$path" ] || continue
            if grep -q -x -F "$now" sums; then rm -f -- "$path"; changed=yes; else left "$path"; fi ;;
        "kept "*)
            number=${line#kept }; number=${number%% *}
            if [ "$path" = /etc/docker/daemon.json ] && dockerd --help 2>/dev/null | grep -q -e --validate &&
                ! dockerd --validate --config-file "files/$number" >/dev/null 2>&1; then
                left "$path" # what was there would keep Docker from running, for everybody
                continue
            fi
            if [ "$path" = /etc/fstab ] || cmp -s "files/$number" "$path"; then continue; fi
            if [ -z "$now" ] && removed_since "$path"; then left "$path"; continue; fi
            if [ -z "$now" ] || grep -q -x -F "$now" sums; then
                if cp -p -- "files/$number" "$path.dify-installer" && mv -f -- "$path.dify-installer" "$path"; then changed=yes
                else rm -f -- "$path.dify-installer"; left "$path"; exit 0; fi # its notes hold what was there
            else left "$path"; fi ;;
    esac
    case $path in /etc/docker/daemon.json) [ "$changed" = no ] || rm -f /etc/docker/daemon.json.before-[0-9]*T*Z ;; esac
done <paths
if [ "$changed" = yes ] && grep -q '/etc/docker/daemon.json$' paths && command -v dockerd >/dev/null; then
    systemctl restart docker.service
fi

while IFS= read -r line; do
    name=${line%%=*}
    if grep -q -s -E "^[[:space:]]*$name[[:space:]]*=" /etc/sysctl.conf /etc/sysctl.d/*.conf; then continue; fi # asked for by now
    sysctl -q -w "$line" || left "$line"
done <values
while IFS= read -r line; do
    case $line in absent-group\ *) continue ;; esac
    user=${line%% *}
    case " ${line#* } " in *" docker "*) ;; *) id -nG -- "$user" 2>/dev/null | grep -q -w docker && gpasswd -d "$user" docker ;; esac
done <groups
# services: as they were; Docker goes on where others use it by now
if grep -q '^docker\.' services 2>/dev/null && command -v docker >/dev/null && [ -n "$(docker ps -q 2>/dev/null || echo unknown)" ]; then
    if grep '^docker\.' services | grep -q -v ' active$'; then left "service docker.service"; fi
    : >services
fi
# stopping its socket may stop Docker, too
stopped=no
if grep -q -E '^docker\.service [^ ]+ (inactive|failed)$' services && [ "$(systemctl is-active docker.service)" = active ]; then
    stopped=yes
fi
while read -r unit boot runs; do
    if [ "$boot" = disabled ] && [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = enabled ]; then
        systemctl disable -q "$unit" || left "service $unit"
    fi
    case $boot in
    masked) systemctl mask -q "$unit" || left "service $unit" ;;
    masked-runtime) systemctl mask -q --runtime "$unit" || left "service $unit" ;;
    esac
    case $runs in inactive | failed)
        case $(systemctl is-active "$unit" 2>/dev/null) in
        active | activating) systemctl stop "$unit" || left "service $unit" ;;
        esac ;;
    esac
done <services
if [ "$stopped" = yes ] && [ ! -e bridge ]; then forget_network; fi
cd / && rm -rf -- "$1"
# the last one takes the folders along that we made for them
all=${1%/*}
case $all in */dify-installer/added) rmdir -- "$all" "${all%/*}" 2>/dev/null ;; esac
exit 0
