# Takes daemon.json.new (the present content with @KEYS@ merged into it) into use, keeps the old one, and goes back
# to it if Docker does not come up.
set -eu
file=/etc/docker/daemon.json
if dockerd --help 2>/dev/null | grep -q -- --validate; then
  dockerd --validate --config-file $file.new || { rm -f $file.new; exit 1; }
fi
backup=$file.before-$(date -u +%Y%m%dT%H%M%SZ)
if [ -e $file ]; then cp -p $file "$backup"; chmod --reference="$backup" $file.new; else chmod 0644 $file.new; fi
mv -f $file.new $file
if systemctl @VERB@ docker.service && docker version --format 'Docker Engine {{.Server.Version}} answers.'; then exit 0; fi
echo "Docker does not come up with it; putting the old one back."
if [ -e "$backup" ]; then cp -p "$backup" $file; else rm -f $file; fi
systemctl reset-failed docker.service 2>/dev/null || true
systemctl restart docker.service
exit 1
