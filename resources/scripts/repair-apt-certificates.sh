# Without the authorities' certificates no https source can be checked.
wait_seconds=@WAIT@
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
[ -e /etc/ssl/certs/ca-certificates.crt ] ||
  apt-get install -y -q --no-remove -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout="$wait_seconds" ca-certificates
