# Starts Docker now and at every boot, and waits until it answers.
failed() {
  echo "Docker does not answer. Its own last words:"
  journalctl --unit docker.service --lines 20 --no-pager --output cat 2>/dev/null
  exit 1
}
if command -v systemctl >/dev/null; then
  systemctl reset-failed docker.service docker.socket 2>/dev/null
  systemctl enable --now docker.service || failed
else
  service docker start || failed
fi
end=$(($(date +%s) + @START@))
until docker version --format 'Docker Engine {{.Server.Version}} answers.' 2>/dev/null; do
  if [ "$(date +%s)" -ge "$end" ]; then failed; fi
  sleep 1
done
