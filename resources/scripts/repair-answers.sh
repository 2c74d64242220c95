# For scripts that start Docker: waits until it answers, or shows its last words and ends.
start_seconds=@START@
failed() {
  echo "Docker does not answer. Its own last words:"
  journalctl --unit docker.service --lines 20 --no-pager --output cat 2>/dev/null
  exit 1
}
answers() {
  end=$(($(date +%s) + start_seconds))
  until docker version --format 'Docker Engine {{.Server.Version}} answers.' 2>/dev/null; do
    if [ "$(date +%s)" -ge "$end" ]; then failed; fi
    sleep 1
  done
}
