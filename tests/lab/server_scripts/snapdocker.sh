# Docker where the snap has it
mkdir -p /snap/docker/2932/bin /snap/docker/2932/meta /snap/bin
[ -e /snap/docker/2932/bin/docker ] || mv /usr/bin/docker /snap/docker/2932/bin/docker
echo 'version: 27.5.1' >/snap/docker/2932/meta/snap.yaml
ln -sfn 2932 /snap/docker/current
ln -sfn /snap/docker/current/bin/docker /snap/bin/docker
ln -sfn /snap/bin/docker /usr/local/bin/docker
