# Who listens, what filters, which proxies and routes there are.
part_listeners() {
    # whose: process and pid are shown to root only; -e tells the control group and IPv6-only
    if has ss && listening=$(ss -l -t -n -p -e 2>/dev/null) && [ -n "$listening" ]; then
        printf '%s\n' "$listening" | sed 's/^/ss /'
    else
        listening=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A ' | tr -s ' ' | sed 's/^ *//')
        printf '%s\n' "$listening" | sed 's/^/proc /'
        listening=$(part_sockets)
        printf '%s\n' "$listening"
    fi
    for pid in $(printf '%s\n' "$listening" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | sort -u); do
        while IFS= read -r line; do
            case $line in 0::* | *:name=systemd:*) printf 'cgroup %s %s\n' "$pid" "$line" ;; esac
        done 2>/dev/null <"/proc/$pid/cgroup"
    done
    return 0
}
# Whose the listening sockets are, without ss: one list of all open files that this user may see
part_sockets() {
    inodes=$(printf '%s\n' "$listening" | cut -d' ' -f10 | sort -u | tr '\n' '|')
    ls -l /proc/[0-9]*/fd 2>/dev/null | grep -E "^/proc/|socket:\[(${inodes%|})\]" | while IFS= read -r line; do
        case $line in
        /proc/*) owner=${line#/proc/} owner=${owner%%/*} ;;
        *'socket:['*)
            line=${line##*'socket:['}
            printf 'socket %s pid=%s %s\n' "${line%%]*}" "$owner" "$(head_of "/proc/$owner/comm")"
            ;;
        esac
    done
}

part_firewall() {
    [ -r /etc/ufw/ufw.conf ] && sed -n 's/^ENABLED=/ufw_enabled=/p' /etc/ufw/ufw.conf
    has ufw && echo ufw=yes
    [ -r /etc/default/ufw ] && sed -n -e 's/^DEFAULT_INPUT_POLICY=/ufw_input=/p' -e 's/^DEFAULT_FORWARD_POLICY=/ufw_forward=/p' /etc/default/ufw
    [ -r /etc/ufw/user.rules ] && sed -n 's/^### tuple ### /ufw_rule=/p' /etc/ufw/user.rules | head -n 60
    has firewall-cmd && echo firewalld=yes
    if [ -r /etc/firewalld/firewalld.conf ]; then
        sed -n -e 's/^DefaultZone=/firewalld_zone=/p' -e 's/^FirewallBackend=/firewalld_backend=/p' /etc/firewalld/firewalld.conf
        zone=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf)
        for file in "/etc/firewalld/zones/$zone.xml" "/usr/lib/firewalld/zones/$zone.xml"; do
            [ -r "$file" ] || continue
            grep -E '<(service|port) ' "$file" | sed 's/^/firewalld_open=/'
            break
        done
    fi
    has iptables && printf 'iptables=%s\n' "$(limit 2 iptables --version 2>/dev/null)"
    printf 'iptables_legacy=%s\n' "$(head_of /proc/net/ip_tables_names)"
    # Listing must load no module: only what the kernel already uses, or has built in, is asked
    if [ "$me" = 0 ] && nf_tables_there && has nft; then
        limit 3 nft list ruleset 2>/dev/null | head -c 65536 | sed 's/^/nft /'
        echo rules_read=yes
    elif [ "$me" = 0 ] && has iptables && { nf_tables_there || [ -n "$(head_of /proc/net/ip_tables_names)" ]; }; then
        limit 3 iptables -S INPUT 2>/dev/null | head -n 60 | sed 's/^/ipt /'
        echo rules_read=yes
    fi
    return 0
}

nf_tables_there() {
    [ -d /sys/module/nf_tables ] || [ ! -d "/lib/modules/$(uname -r)" ] ||
        grep -qs '/nf_tables\.ko' "/lib/modules/$(uname -r)/modules.builtin"
}

part_network() {
    sed -e 's/^/route=/' -e 's/ *$//' /proc/net/route 2>/dev/null | head -n 400
    if [ -r /proc/net/if_inet6 ]; then sed 's/^/inet6=/' /proc/net/if_inet6; echo inet6_read=yes; fi
    [ -r /proc/net/ipv6_route ] && grep '^00000000000000000000000000000000 00 ' /proc/net/ipv6_route | sed 's/^/route6=/' | head -n 4
    {
        sed -n 's/^ *\(export  *\)\{0,1\}\([A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]=.*\)/proxy=environment \2/p' /etc/environment
        grep -rhisE '^ *Acquire::[a-z]*::Proxy' /etc/apt/apt.conf /etc/apt/apt.conf.d | sed 's/^/proxy=apt /'
        sed -n 's/^ *\(proxy *=.*\)/proxy=dnf \1/p' /etc/dnf/dnf.conf /etc/yum.conf
    } 2>/dev/null | masked
    return 0
}

# Web servers that may stand in front of Dify, where their sites are, and what has the name of our own file
part_webservers() {
    printf 'nginx=%s\napache=%s\ncaddy=%s\n' "$(command -v nginx)" "$(command -v apache2 || command -v httpd)" "$(command -v caddy)"
    pid=$(head_of /run/nginx.pid)
    case $pid in
    '' | *[!0-9]*) ;;
    *) if [ "$(head_of "/proc/$pid/comm")" = nginx ]; then echo nginx_running=yes; fi ;;
    esac
    sed -n 's/^[[:space:]]*include[[:space:]]\{1,\}\([^;[:space:]]*\);.*/nginx_include=\1/p' /etc/nginx/nginx.conf 2>/dev/null
    for place in /etc/nginx/sites-available /etc/nginx/sites-enabled /etc/nginx/conf.d /etc/nginx/http.d \
        /etc/apache2/sites-available /etc/apache2/sites-enabled /etc/httpd/conf.d /etc/caddy/Caddyfile; do
        [ -e "$place" ] && printf 'place=%s\n' "$place"
    done
    for file in /etc/nginx/http.d /etc/nginx/conf.d /etc/nginx/sites-enabled; do
        file=$file/dify-$project.conf
        [ -f "$file" ] && has sha256sum && printf 'ours=%s %s\n' "$(sha256sum <"$file" | cut -d' ' -f1)" "$file"
    done
    for file in /etc/letsencrypt/live/*/fullchain.pem; do
        file=${file%/fullchain.pem}
        [ -f "$file/fullchain.pem" ] && [ -f "$file/privkey.pem" ] && printf 'certificate=%s\n' "${file##*/}"
    done
    return 0
}

part_access() {
    printf 'apparmor=%s\n' "$(head_of /sys/module/apparmor/parameters/enabled)"
    if [ -r /sys/fs/selinux/enforce ]; then
        printf 'selinux=%s\n' "$(head_of /sys/fs/selinux/enforce)"
    elif has getenforce; then
        printf 'getenforce=%s\n' "$(limit 2 getenforce 2>/dev/null)"
    elif [ -r /proc/filesystems ]; then
        printf 'selinux_kernel=%s\n' "$(yes_no grep -q selinuxfs /proc/filesystems)"
    fi
    return 0
}
