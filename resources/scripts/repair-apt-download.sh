# Only downloads.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if apt-cache show docker-ce >/dev/null 2>&1; then set -- @OWN@; else set -- @THEIRS@; fi
apt-get install -y --download-only -o DPkg::Lock::Timeout=@WAIT@ "$@"
