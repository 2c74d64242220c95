# The package manager: which one, is it busy and with what, which of Docker's packages are installed.
names='docker-ce docker-ce-cli docker-ce-rootless-extras docker-desktop docker.io docker docker-cli docker-engine docker-compose
docker-compose-plugin docker-compose-v2 docker-buildx docker-buildx-plugin docker-cli-compose docker-cli-buildx moby-engine moby-cli moby-compose moby-buildx
podman podman-docker containerd containerd.io runc crun container-selinux ufw firewalld nftables iptables'

part_packages() {
    # $names: one word each
    if [ -e /var/lib/dpkg/status ] && has dpkg-query; then
        limit 5 dpkg-query -W -f='package=${Package} ${Version} ${db:Status-Status}\n' $names 2>/dev/null
        echo listed=yes
        [ -d /var/lib/dpkg/updates ] && printf 'dpkg_updates=%s\n' "$(ls /var/lib/dpkg/updates 2>/dev/null | grep -c '^[0-9]')"
        printf 'dpkg_half=%s\n' "$(grep -cE '^Status: .* (half-installed|half-configured|unpacked)$' /var/lib/dpkg/status)"
    elif has rpm; then
        limit 8 rpm -q --qf 'package=%{NAME} %{VERSION}-%{RELEASE} installed\n' $names 2>/dev/null | grep '^package='
        echo listed=yes
    elif has apk; then
        limit 5 apk info -v 2>/dev/null | grep -E '^(docker|containerd|runc|crun|podman|iptables|nftables|ufw|moby)' | sed 's/^/apk=/'
        echo listed=yes
    elif has pacman; then
        limit 5 pacman -Q $names 2>/dev/null | sed 's/^/package=/'
        echo listed=yes
    fi
    if [ -e /snap/docker/current ]; then
        printf 'package=snap:docker %s installed\n' "$(sed -n 's/^version: *//p' /snap/docker/current/meta/snap.yaml 2>/dev/null | tr -d "'\"")"
    fi
    for name in apt-get dnf yum zypper apk pacman; do has "$name" && printf 'manager=%s\n' "$name"; done
    part_locks
    part_cloud_init
}

# A lock file always exists; whether somebody holds it is in /proc/locks by inode
part_locks() {
    for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
        /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock /lib/apk/db/lock /run/zypp.pid; do
        [ -e "$file" ] || continue
        inode=$(ls -id "$file" 2>/dev/null)
        inode=${inode%%/*}
        inode=${inode%"${inode##*[0-9]}"}
        inode=${inode##*[!0-9]}
        # "1: POSIX  ADVISORY  WRITE 4242 08:01:131 0 EOF"
        for pid in $(sed -n "s/^[0-9]*: [A-Z]* *[A-Z]* *[A-Z]* *\(-\{0,1\}[0-9]*\) [0-9a-f]*:[0-9a-f]*:$inode .*/\1/p" /proc/locks 2>/dev/null); do
            holds "$pid" "$file" && lock_line "$file" "$pid" && break
        done
    done
    for file in /var/run/yum.pid /var/cache/dnf/metadata_lock.pid /var/lib/dnf/rpmdb_lock.pid /var/cache/dnf/download_lock.pid /run/zypp.pid; do
        pid=$(head_of "$file")
        case $pid in '' | *[!0-9]*) continue ;; esac
        [ -d "/proc/$pid" ] && lock_line "$file" "$pid"
    done
    [ -e /var/lib/pacman/db.lck ] && printf 'lock=%s\t0\t\t\n' /var/lib/pacman/db.lck
    return 0
}
# An inode's number may be another file system's: where the process may be looked at, it has the file open
holds() {
    opened=$(ls -l "/proc/$1/fd" 2>/dev/null)
    case $opened in *' -> '*) case $opened in *" -> $2"*) ;; *) return 1 ;; esac ;; esac
}
lock_line() {
    printf 'lock=%s\t%s\t%s\t%s\n' "$1" "$2" "$(head_of "/proc/$2/comm")" "$(tr '\0\n\r\t' '    ' <"/proc/$2/cmdline" 2>/dev/null | cut -c1-160)"
}

part_cloud_init() {
    # files of cloud-init: /run/cloud-init/{status,result}.json, disabled; asking its program takes half a second
    for name in status.json result.json disabled enabled; do
        [ -e "/run/cloud-init/$name" ] && printf 'cloud_init=%s\n' "$name"
    done
    [ -e /var/lib/cloud/instance/boot-finished ] && echo cloud_init=boot-finished
    has cloud-init && echo cloud_init=program
    return 0
}
