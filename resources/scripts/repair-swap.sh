# A swap file of @GIGABYTES@ GB, used now and after every boot. Exists already: left as it is.
set -eu
if [ -e @PATH@ ]; then echo "@PATH@ exists already."; exit 1; fi
# what is left of an attempt of ours that was interrupted
draft=@PATH@.dify-installer
rm -f "$draft"
free=$(df -Pk "$(dirname @PATH@)" | awk 'NR == 2 { print int($4 / 1000000) }')
if [ "$free" -lt $((@GIGABYTES@ + @FREE_AFTER@)) ]; then
  echo "Only $free GB are free; @GIGABYTES@ GB of swap and @FREE_AFTER@ GB of space are needed."; exit 1
fi
kind=$(stat -f -c %T "$(dirname @PATH@)")
trap 'rm -f "$draft"' EXIT
case $kind in
  zfs | overlayfs | tmpfs | nfs*) echo "A file system of the kind $kind cannot hold a swap file."; exit 1 ;;
  # btrfs: without copy-on-write and without holes (btrfs(5), "swapfile support")
  btrfs) truncate -s 0 "$draft"; chattr +C "$draft"; dd if=/dev/zero of="$draft" bs=1M count=$((@GIGABYTES@ * 1024)) ;;
  *) dd if=/dev/zero of="$draft" bs=1M count=$((@GIGABYTES@ * 1024)) ;;
esac
chmod 0600 "$draft"
trap 'swapoff @PATH@ 2>/dev/null || true; rm -f "$draft" @PATH@' EXIT
mv "$draft" @PATH@
mkswap @PATH@
swapon @PATH@
cp -p @FSTAB@ @FSTAB@.before-swap
# a last line without its end would be joined with ours
[ -z "$(tail -c 1 @FSTAB@)" ] || echo >>@FSTAB@
printf '%s none swap sw 0 0\n' @PATH@ >>@FSTAB@
trap - EXIT
swapon --show
