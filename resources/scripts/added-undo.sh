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
# kept: what Docker keeps for anybody; where it does not answer, not even once it is started, what its folders say
kept() {
    docker version >/dev/null 2>&1 || systemctl start docker.service 2>/dev/null
    if docker version >/dev/null 2>&1; then docker ps -aq; docker images -q; docker volume ls -q
    else ls -A -d /var/lib/docker/containers/* /var/lib/docker/volumes/*/ 2>/dev/null; fi
}

# forget_network: what Docker leaves in the kernel when it ends: its bridge, its chains in the firewall (those of a
# Docker outside of this machine have other names), and that packets are passed on
forget_network() {
    ip link show docker0 >/dev/null 2>&1 && ip link delete docker0
    for tool in iptables ip6tables; do
        command -v $tool-save >/dev/null || continue
        $tool-save 2>/dev/null | grep -q -E '^:DOCKER(-[A-Z0-9-]+)? ' || continue
        if $tool -S DOCKER-USER 2>/dev/null | grep '^-A' | grep -q -v -x -e '-A DOCKER-USER -j RETURN'; then
            left "rules of the chain DOCKER-USER ($tool)"
            continue
        fi
        $tool-save | grep -v -E '(^:|-A |-j |-g )DOCKER(-[A-Z0-9-]+)?( |$)| docker0 | br-[0-9a-f]{12} ' | $tool-restore
        policy=$(cat forward 2>/dev/null)
        $tool -P FORWARD "${policy:-ACCEPT}" 2>/dev/null
    done
    while IFS== read -r name value; do
        # somebody else may want it by now
        grep -q -s -E "^[[:space:]]*$name[[:space:]]*=[[:space:]]*1" /etc/sysctl.conf /etc/sysctl.d/*.conf \
            /run/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf || sysctl -q -w "$name=$value"
    done <forwarding 2>/dev/null
}

# swap files first: one that is in use cannot be removed
sed -n 's/^absent //p' paths | while IFS= read -r path; do
    if grep -q -s "^$path " /proc/swaps; then swapoff "$path" || left "$path"; fi
    if [ -f /etc/fstab ] && grep -q -x -F "$path none swap sw 0 0" /etc/fstab; then
        grep -v -x -F "$path none swap sw 0 0" /etc/fstab >/etc/fstab.dify-installer
        cat /etc/fstab.dify-installer >/etc/fstab
        rm -f /etc/fstab.dify-installer /etc/fstab.before-swap
    fi
done

# packages that came with it, unless something else needs them by now
if [ -s packages.after ]; then
    packages >packages.now
    comm -13 packages.before packages.after | comm -12 - packages.now >packages.gone
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
            else taken=$(cat packages.gone); fi
            if [ -n "$(printf '%s\n' "$taken" | comm -23 - packages.gone)" ]; then
                left "packages that others need: $(printf '%s\n' "$taken" | comm -23 - packages.gone | tr '\n' ' ')"
                docker=no
            else
                if [ "$docker" = yes ]; then systemctl stop docker.socket docker.service containerd.service 2>/dev/null; fi
                if command -v apt-get >/dev/null; then
                    apt-get purge -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 $(cat packages.gone) || left "packages"
                elif command -v dnf >/dev/null; then
                    dnf remove -y --noautoremove $(cat packages.gone) || left "packages"
                else rpm -e $(cat packages.gone) || left "packages"; fi
            fi
        fi
        if [ "$docker" = yes ] && ! command -v dockerd >/dev/null; then
            forget_network
            for folder in /var/lib/docker /var/lib/containerd /etc/docker /etc/containerd /etc/cni /run/docker /run/containerd; do
                grep -q -x "absent $folder" paths || continue
                case $2 in yes) rm -rf -- "$folder" ;; *) [ ! -e "$folder" ] || left "$folder" ;; esac
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
            if [ "$path" = /etc/fstab ] || cmp -s "files/$number" "$path"; then continue; fi
            if [ -z "$now" ] || grep -q -x -F "$now" sums; then cp -p -- "files/$number" "$path"; changed=yes; else left "$path"; fi ;;
    esac
    case $path in /etc/docker/daemon.json) rm -f /etc/docker/daemon.json.before-* ;; esac
done <paths
if [ "$changed" = yes ] && grep -q '/etc/docker/daemon.json$' paths && command -v dockerd >/dev/null; then
    systemctl restart docker.service
fi

while IFS= read -r line; do sysctl -q -w "$line" || left "$line"; done <values
while IFS= read -r line; do
    case $line in absent-group\ *) continue ;; esac
    user=${line%% *}
    case " ${line#* } " in *" docker "*) ;; *) id -nG -- "$user" 2>/dev/null | grep -q -w docker && gpasswd -d "$user" docker ;; esac
done <groups
# services: as they were; Docker goes on where others use it by now
if grep -q '^docker\.' services 2>/dev/null && [ -n "$(docker ps -q 2>/dev/null)" ]; then
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
