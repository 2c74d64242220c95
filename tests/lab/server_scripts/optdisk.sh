# a disk of its own for /opt and for the packages that apt fetches; it can be filled and emptied while the server runs
[ -f /var/lab-opt.img ] || { truncate -s "$VALUE" /var/lab-opt.img; mkfs.ext4 -q -F -m 0 /var/lab-opt.img; }
mkdir -p /mnt/lab-opt
mount -o loop /var/lab-opt.img /mnt/lab-opt
mkdir -p /mnt/lab-opt/opt /mnt/lab-opt/archives/partial
mount --bind /mnt/lab-opt/opt /opt
mount --bind /mnt/lab-opt/archives /var/cache/apt/archives
