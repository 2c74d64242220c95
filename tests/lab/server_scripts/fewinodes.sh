# room, but next to no inodes left for Docker's data
[ -f /var/lab-inodes.img ] || { truncate -s 30G /var/lab-inodes.img; mkfs.ext4 -q -F -m 0 -N 5000 /var/lab-inodes.img; }
mkdir -p /var/lib/docker
mount -o loop /var/lab-inodes.img /var/lib/docker
