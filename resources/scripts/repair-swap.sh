# A swap file, used now and after every boot. Exists already: left as it is.
path=@PATH@
fstab=@FSTAB@
gigabytes=@GIGABYTES@
free_after=@FREE_AFTER@
set -eu
if [ -e "$path" ]; then echo "$path exists already."; exit 1; fi
# what is left of an attempt of ours that was interrupted
draft=$path.dify-installer
rm -f "$draft"
free=$(df -Pk "$(dirname "$path")" | awk 'NR == 2 { print int($4 / 1000000) }')
if [ "$free" -lt $((gigabytes + free_after)) ]; then
  echo "Only $free GB are free; $gigabytes GB of swap and $free_after GB of space are needed."; exit 1
fi
kind=$(stat -f -c %T "$(dirname "$path")")
trap 'rm -f "$draft"' EXIT
case $kind in
  zfs | overlayfs | tmpfs | nfs*) echo "A file system of the kind $kind cannot hold a swap file."; exit 1 ;;
  # btrfs: without copy-on-write and without holes (btrfs(5), "swapfile support")
  btrfs) truncate -s 0 "$draft"; chattr +C "$draft"; dd if=/dev/zero of="$draft" bs=1M count=$((gigabytes * 1024)) ;;
  *) dd if=/dev/zero of="$draft" bs=1M count=$((gigabytes * 1024)) ;;
esac
chmod 0600 "$draft"
trap 'swapoff "$path" 2>/dev/null || true; rm -f "$draft" "$path"' EXIT
mv "$draft" "$path"
mkswap "$path"
swapon "$path"
cp -p "$fstab" "$fstab.before-swap"
# a last line without its end would be joined with ours
[ -z "$(tail -c 1 "$fstab")" ] || echo >>"$fstab"
printf '%s none swap sw 0 0\n' "$path" >>"$fstab"
trap - EXIT
swapon --show
