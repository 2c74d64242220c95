#!/bin/sh
# Fills the templates from the environment and starts nginx.
set -e
HTTPS_CONFIG=""
ACME_CHALLENGE_LOCATION=""
if [ "$NGINX_HTTPS_ENABLED" = "true" ]; then
    folder=/etc/ssl
    issued="/etc/letsencrypt/live/$CERTBOT_DOMAIN"
    if [ -n "$CERTBOT_DOMAIN" ] && [ -f "$issued/$NGINX_SSL_CERT_FILENAME" ] && [ -f "$issued/$NGINX_SSL_CERT_KEY_FILENAME" ]; then
        folder="$issued"
    fi
    export SSL_CERTIFICATE_PATH="$folder/$NGINX_SSL_CERT_FILENAME"
    export SSL_CERTIFICATE_KEY_PATH="$folder/$NGINX_SSL_CERT_KEY_FILENAME"
    # all variables of this template are replaced, also those that are nginx's own
    HTTPS_CONFIG="$(envsubst < /etc/nginx/https.conf.template)"
fi
if [ "$NGINX_ENABLE_CERTBOT_CHALLENGE" = "true" ]; then
    ACME_CHALLENGE_LOCATION='location /.well-known/acme-challenge/ { root /var/www/html; }'
fi
export HTTPS_CONFIG ACME_CHALLENGE_LOCATION
known="$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/$\1/p' | tr '\n' ' ')"
for name in nginx.conf proxy.conf conf.d/default.conf; do
    envsubst "$known" < "/etc/nginx/$name.template" > "/etc/nginx/$name"
done
exec nginx -g 'daemon off;'
