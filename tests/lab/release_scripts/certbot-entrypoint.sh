#!/bin/sh
# Our own script in the place of upstream certbot/docker-entrypoint.sh: makes /update-cert.sh, then runs the command.
sed -e "s|\${CERTBOT_EMAIL}|$CERTBOT_EMAIL|g; s|\${CERTBOT_DOMAIN}|$CERTBOT_DOMAIN|g; s|\${CERTBOT_OPTIONS}|$CERTBOT_OPTIONS|g" /update-cert.template.txt >/update-cert.sh; chmod +x /update-cert.sh
echo "certbot ready: run /update-cert.sh"; exec "$@"
