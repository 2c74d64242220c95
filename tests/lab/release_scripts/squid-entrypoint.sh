#!/bin/bash
# Our own script in the place of upstream ssrf_proxy/docker-entrypoint.sh and docker-agent-entrypoint.sh.
set -e
names=$(env | cut -d= -f1 | sed 's/^/$/' | paste -sd' ' -)
for t in /etc/squid/*.template; do [ -f "$t" ] && envsubst "$names" <"$t" >"${t%.template}"; done
: >/etc/squid/dify_sandbox_proxy.conf; : >/etc/squid/dify_allow_private.conf
if [ -n "$SSRF_PROXY_ALLOW_PRIVATE_IPS" ]; then
  echo "acl allow_private dst $(echo "$SSRF_PROXY_ALLOW_PRIVATE_IPS" | tr , ' ')" >>/etc/squid/dify_allow_private.conf
  echo "http_access allow allow_private" >>/etc/squid/dify_allow_private.conf
fi
rm -f /run/squid.pid /var/run/squid.pid
exec squid -f /etc/squid/squid.conf -NYC
