# The package of Compose that belongs to this Docker, if it is new enough; otherwise the next step looks elsewhere.
need=@NEED@
wait_seconds=@WAIT@
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
apt-get update -q || echo "Some package lists could not be renewed."
for name in docker-compose-plugin docker-compose-v2 docker-compose; do
  version=$(apt-cache policy $name | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p')
  if [ -n "$version" ] && dpkg --compare-versions "$version" ge "$need"; then
    apt-get install -y -q --no-remove -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout="$wait_seconds" \
      -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold $name && exit 0
  fi
done
echo "No package of Compose $need or newer."
