# Nothing is removed for it (no --allowerasing): a conflict ends it.
docker_packages=@OWN@
system_packages=@THEIRS@
export LC_ALL=C
if dnf -q repoquery docker-ce 2>/dev/null | grep -q docker-ce; then set -- $docker_packages; else set -- $system_packages; fi
dnf install -y "$@"
