# not running, but nothing hinders it
systemctl disable -q docker.service docker.socket containerd.service
systemctl --no-block stop docker.socket docker.service
