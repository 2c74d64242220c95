#!/bin/bash
# Our own script in the place of upstream nginx/docker-entrypoint.sh: same inputs, same results.
set -e
HTTPS_CONFIG= ACME_CHALLENGE_LOCATION=
if [ "$NGINX_HTTPS_ENABLED" = true ]; then
  live=/etc/letsencrypt/live/$CERTBOT_DOMAIN
  if [ -n "$CERTBOT_DOMAIN" ] && [ -f "$live/$NGINX_SSL_CERT_FILENAME" ] && [ -f "$live/$NGINX_SSL_CERT_KEY_FILENAME" ]; then
    SSL_CERTIFICATE_PATH=$live/$NGINX_SSL_CERT_FILENAME SSL_CERTIFICATE_KEY_PATH=$live/$NGINX_SSL_CERT_KEY_FILENAME
  else
    SSL_CERTIFICATE_PATH=/etc/ssl/$NGINX_SSL_CERT_FILENAME SSL_CERTIFICATE_KEY_PATH=/etc/ssl/$NGINX_SSL_CERT_KEY_FILENAME
  fi
  export SSL_CERTIFICATE_PATH SSL_CERTIFICATE_KEY_PATH
  HTTPS_CONFIG=$(envsubst '$NGINX_SSL_PORT $SSL_CERTIFICATE_PATH $SSL_CERTIFICATE_KEY_PATH $NGINX_SSL_PROTOCOLS' </etc/nginx/https.conf.template)
fi
[ "$NGINX_ENABLE_CERTBOT_CHALLENGE" = true ] && ACME_CHALLENGE_LOCATION='location /.well-known/acme-challenge/ { root /var/www/html; }'
export HTTPS_CONFIG ACME_CHALLENGE_LOCATION
names=$(env | cut -d= -f1 | sed 's/^/$/' | paste -sd' ' -)
envsubst "$names" </etc/nginx/nginx.conf.template >/etc/nginx/nginx.conf
envsubst "$names" </etc/nginx/proxy.conf.template >/etc/nginx/proxy.conf
envsubst "$names" </etc/nginx/conf.d/default.conf.template >/etc/nginx/conf.d/default.conf
exec nginx -g 'daemon off;'
