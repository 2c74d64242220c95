# Nothing is removed that was not shown before. No question is asked, edited configuration files stay, other
# services are not restarted.
docker_packages=@OWN@
system_packages=@THEIRS@
gone=@GONE@
wait_seconds=@WAIT@
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then set -- $docker_packages
else set -- $system_packages; fi
for name in $(apt-get install --simulate "$@" | sed -n 's/^Remv \([^ ]*\).*/\1/p'); do
  case " $gone " in *" $name "*) ;; *) echo "$name would be removed for it; nothing was done."; exit 1 ;; esac
done
apt-get install -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout="$wait_seconds" \
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
