# Waits until no other program uses the package manager, for a time. Changes nothing, ends nothing.
wait_seconds=@WAIT@
export LC_ALL=C
users() {
  # the processes that hold a lock on one of these files (/proc/locks: kind, …, pid, device:inode)
  for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
    /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock /var/cache/dnf/metadata_lock.pid; do
    [ -e "$file" ] || continue
    inode=$(ls -i "$file" | sed 's/^ *//; s/ .*//')
    sed -n "s/.* \([0-9][0-9]*\) [0-9a-f]*:[0-9a-f]*:$inode .*/\1/p" /proc/locks 2>/dev/null |
      while read -r pid; do
        if ls -l "/proc/$pid/fd" 2>/dev/null | grep -q -F -- "-> $file"; then echo "$pid"; fi
      done
  done
  # dnf, yum and zypper write down who they are
  for file in /var/run/dnf.pid /var/run/yum.pid /run/zypp.pid /var/cache/dnf/download_lock.pid; do
    pid=$(cat "$file" 2>/dev/null)
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then echo "$pid"; fi
  done
}
named() { for pid in $(sort -u); do
  echo "$(tr '\0\n\r\t' '    ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-120) (process $pid)"; done; }
starting() {
  [ -d /run/cloud-init ] && [ ! -e /run/cloud-init/result.json ] && [ ! -e /run/cloud-init/disabled ] &&
    cloud-init status 2>/dev/null | grep -q running
}
end=$(($(date +%s) + wait_seconds)) said=
while :; do
  holder=$(users | named)
  if [ -z "$holder" ] && starting; then holder="cloud-init (the server is still being set up)"; fi
  if [ -z "$holder" ]; then echo "The package manager is free."; exit 0; fi
  if [ "$holder" != "$said" ]; then echo "In use by: $holder"; said=$holder; fi
  if [ "$(date +%s)" -ge "$end" ]; then echo "Still in use after $wait_seconds seconds by: $holder"; exit 75; fi
  sleep 2
done
