# Only downloads.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then set -- @OWN@
else set -- @THEIRS@; fi
apt-get install -y -q --download-only -o DPkg::Lock::Timeout=@WAIT@ "$@"
