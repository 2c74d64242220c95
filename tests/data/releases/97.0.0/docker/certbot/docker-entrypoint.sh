#!/bin/sh
# Writes the script that asks for a certificate, then waits.
set -e
sed -e "s|@EMAIL@|$CERTBOT_EMAIL|; s|@DOMAIN@|$CERTBOT_DOMAIN|; s|@OPTIONS@|$CERTBOT_OPTIONS|" /update-cert.template.txt > /update-cert.sh
chmod +x /update-cert.sh
exec "$@"
