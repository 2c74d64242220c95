# Restarts Docker where its port proxy was left without a container, then starts again what ran.
ports=@PORTS@
held_seconds=@HELD@
held_now() {
  for port in $ports; do
    hex=$(printf '%04X' "$port")
    grep -q ": [0-9A-F]*:$hex [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null || continue
    [ -n "$(docker ps --quiet --filter "publish=$port")" ] || return 0
  done
  return 1
}
held() { # all the time: while a container starts, its port is held before Docker names it
  end=$(($(date +%s) + held_seconds))
  while held_now; do # looked at once at least, however slow the machine is
    if [ "$(date +%s)" -ge "$end" ]; then
      echo "Port $port is held, and no container publishes it."
      return 0
    fi
    sleep 1
  done
  return 1
}
if ! held; then
  echo "No port is held without a container."
  exit 0
fi
running=$(docker ps --quiet --no-trunc)
if command -v systemctl >/dev/null; then
  systemctl restart docker.service || failed
else
  service docker restart || failed
fi
answers
for container in $running; do
  docker start "$container" >/dev/null || echo "This container did not start again: $container"
done
if held; then exit 1; fi
