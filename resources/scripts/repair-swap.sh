# A swap file of @GIGABYTES@ GB, used now and after every boot. Exists already: left as it is.
set -eu
if [ -e @PATH@ ]; then echo "@PATH@ exists already."; exit 1; fi
free=$(df -Pk "$(dirname @PATH@)" | awk 'NR == 2 { print int($4 / 1000000) }')
if [ "$free" -lt $((@GIGABYTES@ + @FREE_AFTER@)) ]; then
  echo "Only $free GB are free; @GIGABYTES@ GB of swap and @FREE_AFTER@ GB of space are needed."; exit 1
fi
kind=$(stat -f -c %T "$(dirname @PATH@)")
trap 'swapoff @PATH@ 2>/dev/null || true; rm -f @PATH@' EXIT
case $kind in
  zfs | overlayfs | tmpfs | nfs*) echo "A file system of the kind $kind cannot hold a swap file."; exit 1 ;;
  # btrfs: without copy-on-write and without holes (btrfs(5), "swapfile support")
  btrfs) truncate -s 0 @PATH@; chattr +C @PATH@; dd if=/dev/zero of=@PATH@ bs=1M count=$((@GIGABYTES@ * 1024)) ;;
  *) dd if=/dev/zero of=@PATH@ bs=1M count=$((@GIGABYTES@ * 1024)) ;;
esac
chmod 0600 @PATH@
mkswap @PATH@
swapon @PATH@
cp -p @FSTAB@ @FSTAB@.before-swap
printf '%s none swap sw 0 0\n' @PATH@ >>@FSTAB@
trap - EXIT
swapon --show
