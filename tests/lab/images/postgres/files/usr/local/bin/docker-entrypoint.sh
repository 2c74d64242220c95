#!/bin/bash
# Behaves as the official image: initialises once, and needs the password on that first start only.
set -e
[ "${1#-}" != "$1" ] && set -- postgres "$@"
if [ "$1" = postgres ]; then
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql; chown -R postgres "$PGDATA" /var/run/postgresql; chmod 700 "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
  fi
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
    if [ -z "$POSTGRES_PASSWORD" ]; then
      echo "Error: Database is uninitialized and superuser password is not specified." >&2
      echo "       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\"." >&2
      exit 1
    fi
    initdb -U "$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") -A scram-sha-256 --auth-local=trust -E UTF8 --locale=C.UTF-8
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    unset PGPASSWORD; PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    [ "$POSTGRES_DB" = postgres ] || psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
    pg_ctl -D "$PGDATA" -m fast -w stop
    echo; echo "PostgreSQL init process complete; ready for start up."; echo
  else
    echo; echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"; echo
  fi
fi
exec "$@"
