"""Ending a process tree on a server."""

from __future__ import annotations

#: Shell function: ``family PID START KNOWN`` prints the tree, the process group and the session of the
#: process *PID* that began at *START* (empty: whenever), and those of the list *KNOWN* that are still there;
#: each as ``PID/START``. A pid that was used again has another start, and its family is none of ours.
#: From /proc/PID/stat, proc(5): pid (comm) state ppid pgrp session … starttime (22nd, in ticks since boot);
#: comm may hold spaces and ")".
FAMILY = r"""
family() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v root="$1" -v start="$2" -v known=" $3 " '
    {
      pid = $1
      if (!sub(/^[0-9]+ [(].*[)] /, "") || $1 == "Z" || NF < 20) next
      id[pid] = pid "/" $20
      parent[pid] = $2
      mine[pid] = pid == root || $3 == root || $4 == root
    }
    END {
      if (start != "" && root in id && id[root] != root "/" start) for (pid in mine) mine[pid] = 0
      for (pid in id) if (mine[pid] || index(known, " " id[pid] " ")) member[pid] = 1
      do {
        grown = 0
        for (pid in parent) if (!(pid in member) && (parent[pid] in member)) { member[pid] = 1; grown = 1 }
      } while (grown)
      for (pid in member) print id[pid]
    }'
}
"""

#: Script: ``$1`` = pid, ``$2`` = seconds between TERM and KILL, ``$3`` = when that process began (its start
#: of /proc/PID/stat), or empty. Ends when nothing is left.
END_TREE = (
    FAMILY
    + r"""
nap() { sleep 0.1 2>/dev/null || sleep 1; }
look() { known=$(family "$root" "$began" "$known" | tr '\n' ' '); }
send() { for one in $known; do kill "-$1" "${one%/*}" 2>/dev/null; done; }
root=$1 began=$3 known=''
look
[ -n "$known" ] || exit 0
send TERM
end=$(($(date +%s) + $2))
while look; [ -n "$known" ]; do
  if [ "$(date +%s)" -ge "$end" ]; then
    send KILL
    [ "$(date +%s)" -ge $((end + 5)) ] && exit 1
  fi
  nap
done
exit 0
"""
)
