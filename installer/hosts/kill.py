"""Ending a process tree on a server."""

from __future__ import annotations

#: Shell function: ``family PID`` prints the pids of its tree, its process group and its session.
#: From /proc/PID/stat, proc(5): pid (comm) state ppid pgrp session …; comm may hold spaces and ")".
FAMILY = r"""
family() {
  cat /proc/[0-9]*/stat 2>/dev/null |
  sed -n 's/^\([0-9]*\) (.*) \([A-Za-z]\) \([0-9]*\) \([0-9]*\) \([0-9]*\) .*/\1 \2 \3 \4 \5/p' |
  awk -v root="$1" '
    $2 != "Z" { parent[$1] = $3; if ($1 == root || $4 == root || $5 == root) member[$1] = 1 }
    END {
      do {
        grown = 0
        for (pid in parent) if (!(pid in member) && (parent[pid] in member)) { member[pid] = 1; grown = 1 }
      } while (grown)
      for (pid in member) print pid
    }'
}
"""

#: Script: ``$1`` = pid, ``$2`` = seconds between TERM and KILL. Ends when nothing is left.
END_TREE = (
    FAMILY
    + r"""
nap() { sleep 0.1 2>/dev/null || sleep 1; }
left() {
  for pid in $known $(family "$root"); do
    case " $seen " in *" $pid "*) continue ;; esac
    seen="$seen $pid"
    if kill -0 "$pid" 2>/dev/null && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null; then
      echo "$pid"
    fi
  done
}
root=$1
known=
known=$(family "$root")
seen=
[ -n "$known" ] || exit 0
kill -TERM $known 2>/dev/null
end=$(($(date +%s) + $2))
while seen=; [ -n "$(left)" ]; do
  if [ "$(date +%s)" -ge "$end" ]; then
    kill -KILL $known $(family "$root") 2>/dev/null
    [ "$(date +%s)" -ge $((end + 5)) ] && exit 1
  fi
  nap
done
exit 0
"""
)
