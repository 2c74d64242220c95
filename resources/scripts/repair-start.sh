# Starts Docker now and at every boot, and waits until it answers.
if command -v systemctl >/dev/null; then
  systemctl reset-failed docker.service docker.socket 2>/dev/null
  systemctl enable --now docker.service || failed
else
  service docker start || failed
fi
answers
