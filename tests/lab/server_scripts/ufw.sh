# on, with SSH allowed
ufw allow 22/tcp >/dev/null
ufw allow 10022/tcp >/dev/null
ufw --force enable >/dev/null
