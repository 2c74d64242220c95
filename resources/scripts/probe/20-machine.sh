# The machine: system, kernel, processor, memory, what it runs in, clock.
part_system() {
    release=$(uname -r)
    printf 'uid=%s\nuser=%s\nkernel=%s\nrelease=%s\narch=%s\nhostname=%s\n' \
        "$me" "$(limit 2 id -un)" "$(uname -sr)" "$release" "$(uname -m)" "$(uname -n)"
    for file in /etc/os-release /usr/lib/os-release; do
        [ -r "$file" ] || continue
        sed -n -e 's/^ID=/os_&/p' -e 's/^ID_LIKE=/os_&/p' -e 's/^VERSION_ID=/os_&/p' -e 's/^VERSION_CODENAME=/os_&/p' \
            -e 's/^PRETTY_NAME=/os_&/p' "$file"
        break
    done
    printf 'cpus=%s\npage_size=%s\n' "$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null)" \
        "$(getconf PAGESIZE 2>/dev/null)"
    sed -n -e 's/^\(MemTotal\): *\([0-9]*\) kB/\1=\2/p' -e 's/^\(MemAvailable\): *\([0-9]*\) kB/\1=\2/p' \
        -e 's/^\(SwapTotal\): *\([0-9]*\) kB/\1=\2/p' /proc/meminfo 2>/dev/null
    # of the first processor only: there may be hundreds
    sed -n -e 's/^model name[^:]*: */cpu_model=/p' -e '/^flags/{s/^flags[^:]*: */cpu_flags=/p;q;}' /proc/cpuinfo 2>/dev/null
    printf 'init=%s\nsystemd=%s\n' "$(head_of /proc/1/comm)" "$(yes_no test -d /run/systemd/system)"
    part_kernel
    part_surroundings
    for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
        [ -r "$file" ] && printf 'memory_limit=%s\n' "$(head_of "$file")"
    done
    sed -n -e 's/^\(cgroup2\{0,1\}\) \([^ ]*\) [^ ]* \([^ ]*\).*/cgroup_mount=\1 \2 \3/p' \
        -e 's/^[^ ]* \([^ ]*\) \(cgroup2\{0,1\}\) \([^ ]*\).*/cgroup_mount=\2 \1 \3/p' /proc/mounts 2>/dev/null
    [ -r /sys/fs/cgroup/cgroup.controllers ] && printf 'cgroup_controllers=%s\n' "$(head_of /sys/fs/cgroup/cgroup.controllers)"
    [ -r /proc/mounts ] && echo mounts_read=yes
}

part_kernel() {
    for tree in /lib/modules/*/; do
        [ -e "${tree}modules.dep" ] || [ -d "${tree}kernel" ] || continue
        tree=${tree%/}
        printf 'modules=%s\n' "${tree##*/}"
    done
    [ -r "/lib/modules/$release/modules.dep" ] && echo modules_read=yes
    for name in veth overlay nf_tables ip_tables br_netfilter bridge; do
        [ -d "/sys/module/$name" ] && printf 'module_loaded=%s\n' "$name"
    done
    grep -ohE '/(veth|overlay|nf_tables|ip_tables|br_netfilter|bridge)\.ko' "/lib/modules/$release/modules.dep" \
        "/lib/modules/$release/modules.builtin" 2>/dev/null | sed -e 's#^/##' -e 's#\.ko$##' -e 's/^/module_there=/'
    for file in /run/reboot-required /var/run/reboot-required; do
        [ -e "$file" ] && echo reboot_noted=yes
    done
    # one read a file: /proc/sys answers only once
    (cd /proc/sys && grep -H '' net/ipv4/ip_forward net/ipv4/ip_unprivileged_port_start net/ipv6/conf/all/disable_ipv6 \
        net/bridge/bridge-nf-call-iptables vm/overcommit_memory vm/max_map_count vm/swappiness kernel/pid_max \
        fs/inotify/max_user_watches fs/aio-max-nr) 2>/dev/null | sed 's/^/sysctl=/'
}

part_surroundings() {
    [ -e /proc/vz ] && [ ! -e /proc/bc ] && echo mark_vz=yes
    [ -e /.dockerenv ] && echo mark_docker=yes
    [ -e /run/.containerenv ] && echo mark_podman=yes
    printf 'mark_container=%s\n' "$(head_of /run/systemd/container)"
    tr '\0' '\n' </proc/1/environ 2>/dev/null | sed -n 's/^container=/mark_environ=/p'
    printf 'proc_version=%s\n' "$(head_of /proc/version)"
    for name in sys_vendor product_name; do
        [ -r "/sys/class/dmi/id/$name" ] && printf 'dmi_%s=%s\n' "$name" "$(head_of "/sys/class/dmi/id/$name")"
    done
}

part_virtualization() {
    has systemd-detect-virt || return 0
    printf 'vm=%s\n' "$(limit 3 systemd-detect-virt --vm 2>/dev/null)"
    printf 'container=%s\n' "$(limit 3 systemd-detect-virt --container 2>/dev/null)"
}

part_clock() {
    [ -e /run/systemd/timesync/synchronized ] && echo timesync_file=yes
    if [ -d /run/systemd/system ] && has timedatectl; then
        limit 3 timedatectl show -p NTPSynchronized -p NTP 2>/dev/null
    fi
    has chronyc && limit 2 chronyc -n tracking 2>/dev/null | sed -n 's/^Leap status *: */chrony=/p'
    return 0
}

# Processes that matter here. Read without starting a program for each.
part_processes() {
    for process in /proc/[0-9]*; do
        name=
        { read -r name <"$process/comm"; } 2>/dev/null || continue
        command=
        case $name in
        apt | apt-get | aptitude | apt.systemd.dai | aptd | dpkg | dpkg-* | unattended-upgr* | packagekitd | dnf | dnf5 | dnf-automatic | \
            yum | microdnf | zypper | rpm | apk | pacman | needrestart | cloud-init)
            command=$(tr '\0\n\r\t' '    ' <"$process/cmdline" 2>/dev/null | cut -c1-160)
            ;;
        chronyd | ntpd | systemd-timesyn | openntpd | dockerd | containerd | snapd) ;;
        nginx | apache2 | httpd | caddy | haproxy | traefik | lighttpd) ;;
        *) continue ;;
        esac
        printf '%s\t%s\t%s\n' "${process#/proc/}" "$name" "$command"
    done
}
