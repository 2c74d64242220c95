# Only downloads.
docker_packages=@OWN@
system_packages=@THEIRS@
wait_seconds=@WAIT@
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then set -- $docker_packages
else set -- $system_packages; fi
apt-get install -y -q --download-only -o DPkg::Lock::Timeout="$wait_seconds" "$@"
