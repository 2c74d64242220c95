#!/usr/bin/env bash
# Gives the user that the release's init_user.script makes with a published password the one of .env.
# The image runs the scripts of this folder one after the other at every start of the database; this one comes
# last. The password is in the container's environment alone: not in this file, and not on a command line.
if [ -n "$DIFY_ORACLE_PASSWORD" ]; then
  "$ORACLE_HOME"/bin/sqlplus -s "/ as sysdba" <<EOF
set define off
alter session set container=freepdb1;
alter user dify identified by "$DIFY_ORACLE_PASSWORD";
exit
EOF
fi
