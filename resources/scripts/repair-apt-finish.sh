# Ends what was interrupted in the middle, by a restart for instance: apt installs nothing before that. What was
# unpacked half-way can only be taken anew. No question is asked, edited configuration files stay.
wait_seconds=@WAIT@
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
half() { dpkg-query -W -f '${db:Status-Eflag} ${binary:Package}\n' | sed -n 's/^reinstreq //p'; }
if [ -n "$(half)" ]; then
  dpkg --configure -a --force-confdef --force-confold || echo "These are taken anew:" $(half)
  apt-get install -y -q --reinstall -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout="$wait_seconds" \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold $(half) || exit
fi
dpkg --configure -a --force-confdef --force-confold
