#!/bin/bash
# Behaves as the official image of MySQL: initialises once, and needs root's password on that first start only.
set -e
data=/var/lib/mysql
[ "${1#-}" != "$1" ] && set -- mysqld "$@"
if [ "$1" = mysqld ]; then
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$data" /run/mysqld; find "$data" /run/mysqld \! -user mysql -exec chown mysql '{}' +
    exec setpriv --reuid mysql --regid mysql --clear-groups "$0" "$@"
  fi
  if [ ! -e "$data/lab-initialised" ]; then
    if [ -z "$MYSQL_ROOT_PASSWORD" ]; then
      echo "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified" >&2
      echo "    You need to specify one of the following as an environment variable: MYSQL_ROOT_PASSWORD" >&2
      exit 1
    fi
    echo "[Note] [Entrypoint]: Initializing database files"
    find "$data" -mindepth 1 -delete # what a killed first start has left
    hash=$(printf %s "$MYSQL_ROOT_PASSWORD" | openssl sha1 -binary | openssl sha1 -r | cut -c1-40)
    cat >/tmp/first.sql <<SQL
DELETE FROM mysql.global_priv WHERE Host <> 'localhost';
DELETE FROM mysql.proxies_priv WHERE Host <> 'localhost';
FLUSH PRIVILEGES;
ALTER USER root@localhost IDENTIFIED BY PASSWORD '*${hash^^}';
CREATE USER root@'%' IDENTIFIED BY PASSWORD '*${hash^^}';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
${MYSQL_DATABASE:+CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;}
SQL
    mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-name-resolve \
      --skip-test-db --extra-file=/tmp/first.sql >/dev/null
    touch "$data/lab-initialised"
    echo "[Note] [Entrypoint]: MySQL init process done. Ready for start up."
  fi
  unset MYSQL_ROOT_PASSWORD
  set -- "$@" --datadir="$data" --bind-address=0.0.0.0 --socket=/run/mysqld/mysqld.sock --skip-name-resolve
fi
exec "$@"
