# the distribution's own web server
printf 'server { listen %s default_server; return 200; }\n' "$VALUE" >/etc/nginx/sites-enabled/default
systemctl start --no-block nginx.service
