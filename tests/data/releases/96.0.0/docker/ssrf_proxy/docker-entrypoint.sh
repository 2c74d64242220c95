#!/bin/sh
# Fills the template from the environment and starts Squid in the foreground.
set -e
sed -e "s|\${HTTP_PORT}|$HTTP_PORT|g; s|\${COREDUMP_DIR}|$COREDUMP_DIR|g" /etc/squid/squid.conf.template > /etc/squid/squid.conf
rm -f /run/squid.pid
exec squid -f /etc/squid/squid.conf -NYC
