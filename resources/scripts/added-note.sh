# What a repair is about to change on the machine, as it is now. $1 folder for the notes (0700), $2 "before" or "after",
# $3 the installation's folder; standard input: a line for each file, package, service, kernel setting or user that the
# repair changes ("maybe package": one that it may install instead). Of several runs of the same repair the first "before" and the last "after" count.
set -u
umask 077
mkdir -p -- "$1/files" || exit 1
cd -- "$1" || exit 1
packages() {
    if command -v dpkg-query >/dev/null; then
        dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii  *//p'
    elif command -v rpm >/dev/null; then rpm -qa --qf '%{NAME}\n' 2>/dev/null; fi | LC_ALL=C sort -u
}
# service UNIT: whether it runs, and starts at boot; nothing of one that is not there yet
service() {
    boot=$(systemctl is-enabled "$1" 2>/dev/null)
    case $boot in '' | not-found) return 0 ;; esac
    echo "$1 $boot $(systemctl is-active "$1" 2>/dev/null)" >>services
}
lines=$(cat)
if [ "$2" = before ]; then
    [ ! -e whole ] || exit 0
    # without the whole list nobody could tell later what came
    packages >packages.before && [ -s packages.before ] || : >packages.unknown
    : >paths; : >values; : >groups; : >services; : >changes; : >packages.maybe
    printf '%s\n' "$3" >by
    number=0
    printf '%s\n' "$lines" | while IFS= read -r line; do
        [ -n "$line" ] || continue
        case $line in "maybe package "*) echo "${line#maybe package }" >>packages.maybe; continue ;; esac
        printf '%s\n' "$line" >>changes
        case $line in
            /*) number=$((number + 1))
                if [ ! -e "$line" ]; then echo "absent $line"
                elif [ -f "$line" ]; then cp -p -- "$line" "files/$number" && echo "kept $number $line"; fi >>paths ;;
            "user "*) user=${line#user }; echo "$user $(timeout 5 id -nG -- "$user" 2>/dev/null)" >>groups ;;
            "service docker.service") for unit in docker.socket docker.service containerd.service; do service "$unit"; done ;;
            "service "*) service "${line#service }" ;;
            package\ * | -\ *) ;;
            *.*) if value=$(sysctl -n "$line" 2>/dev/null); then echo "$line=$value" >>values; fi ;;
        esac
    done
    { timeout 5 getent group docker || grep '^docker:' /etc/group; } >/dev/null 2>&1 || echo "absent-group docker" >>groups
    iptables -w -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p' >forward
    : >forwarding
    for name in net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.default.forwarding; do
        if [ "$(sysctl -n $name 2>/dev/null)" = 0 ]; then echo "$name=0" >>forwarding; fi
    done
    if ip link show docker0 >/dev/null 2>&1; then : >bridge; fi
    : >whole || exit 1
else
    packages >packages.after && [ -s packages.after ] || : >packages.unknown
    while IFS= read -r line; do
        path=/${line#*/}
        if [ -f "$path" ]; then sha256sum -- "$path"; fi
    done <paths >sums
fi
exit 0
