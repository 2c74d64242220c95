# Only downloads.
export LC_ALL=C
if dnf -q repoquery docker-ce 2>/dev/null | grep -q docker-ce; then set -- @OWN@; else set -- @THEIRS@; fi
dnf install -y --downloadonly "$@"
