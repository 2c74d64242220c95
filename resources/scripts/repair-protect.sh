# Takes the write permission of other users from these paths, from the top down; those of other users become root's.
# No link is followed. What each was is printed first.
paths=@PATHS@
owned=@OWNED@
set -eu
printf '%s\n' "$paths" | while IFS= read -r path; do
  ls -ldn -- "$path"
  if printf '%s\n' "$owned" | grep -q -x -F -e "$path"; then chown -h -- 0:0 "$path"; fi
  if [ -L "$path" ]; then echo "$path is a link by now" >&2; exit 1; fi
  chmod go-w -- "$path"
done
