# Takes daemon.json.new (the present content with our settings merged into it) into use, keeps the old one, and goes back
# to it if Docker does not come up or does not use it (its command line may contradict the file).
address=@ADDRESS@
verb=@VERB@
file=/etc/docker/daemon.json
if dockerd --help 2>/dev/null | grep -q -- --validate; then
  dockerd --validate --config-file $file.new || { rm -f $file.new; exit 1; }
fi
backup=$file.before-$(date -u +%Y%m%dT%H%M%SZ)
if [ -e $file ]; then cp -p $file "$backup" && chmod --reference="$backup" $file.new; else chmod 0644 $file.new; fi || exit 1
mv -f $file.new $file
systemctl "$verb" docker.service
for second in 1 2 3 4 5 6 7 8 9 10; do
  if docker info --format '{{.RegistryConfig.Mirrors}} {{.HTTPProxy}}' 2>/dev/null | grep -q -F -e "$address"; then
    echo "Docker uses $address now."
    exit 0
  fi
  sleep 1
done
echo "Docker does not use it; putting the old configuration back."
if [ -e "$backup" ]; then cp -p "$backup" $file; else rm -f $file; fi
systemctl reset-failed docker.service docker.socket 2>/dev/null
docker info >/dev/null 2>&1 || systemctl restart docker.service
journalctl --unit docker.service --lines 5 --no-pager --output cat 2>/dev/null
exit 1
