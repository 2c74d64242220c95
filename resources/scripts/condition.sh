# Room on the machine, for the control panel. Changes nothing. POSIX sh, as evidence.sh: sh -s -- DIRECTORY
near=$1
while [ ! -e "$near" ] && [ "$near" != / ]; do near=$(dirname "$near"); done
printf 'folder_kb=%s\n' "$(df -Pk "$near" 2>/dev/null | tail -n 1)"
root=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' /etc/docker/daemon.json 2>/dev/null | head -n 1)
[ -n "$root" ] || root=/var/lib/docker
[ ! -e "$root" ] || printf 'images_kb=%s\n' "$(df -Pk "$root" 2>/dev/null | tail -n 1)"
grep -E '^(MemTotal|MemAvailable):' /proc/meminfo 2>/dev/null
exit 0
