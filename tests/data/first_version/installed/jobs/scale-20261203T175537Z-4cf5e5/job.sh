#!/bin/sh
folder=/opt/dify/.dify-installer/jobs/scale-20261203T175537Z-4cf5e5

started() { sed -n '/.*) Z /!s/.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

umask 022
{ printf '%s %s %s\n' "$$" "$(started $$)" "$(cat /proc/sys/kernel/random/boot_id)" >"$folder/pid.new"; } 2>/dev/null
printf '\n\n\n\n\n\n\n\n' >"$folder/exit.new" # room for the end, taken while there is some: overwritten
mv -f "$folder/pid.new" "$folder/pid"
say() { printf '\n%s\n' "$1"; }
note() { printf '%s %s\n' "$1" "$(date +%s)" >>"$folder/times"; }
finish() {
  printf '%s\n' "$1" 1<>"$folder/exit.new" && mv -f "$folder/exit.new" "$folder/exit"
  exit "$1"
}
stopping() { if [ -e "$folder/stop" ]; then exit 143; fi; }
attempt() {
  # $1 seconds to go on trying, $2 whether earlier output is dropped, $3 what to run, $4 what says: hopeless
  began=$(date +%s) end=$(($(date +%s) + $1)) lost=0
  while :; do
    if [ "$2" = quiet ]; then "$3" >"$folder/attempt" 2>&1; else "$3"; fi
    code=$?
    if [ "$code" -eq 0 ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
    if [ $# -lt 4 ] || [ -z "$("$4" 2>/dev/null)" ]; then lost=0; else lost=$((lost + 1)); fi
    if [ "$lost" -ge 4 ]; then break; fi
    # most are there within seconds: they are not asked too late, and the others not too often
    if [ "$(($(date +%s) - began))" -lt 10 ]; then sleep 0.2 2>/dev/null || sleep 1; else sleep 2; fi
  done
  if [ "$2" = quiet ]; then cat "$folder/attempt"; rm -f "$folder/attempt"; fi
  return "$code"
}

for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do case $name in PATH|HOME|USER|LOGNAME|TMPDIR|XDG_RUNTIME_DIR|XDG_CONFIG_HOME|DOCKER_CONFIG|HTTP_PROXY|HTTPS_PROXY|NO_PROXY|http_proxy|https_proxy|no_proxy|SSH_AUTH_SOCK|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|PROGRAMW6432) ;; *) unset "$name" ;; esac; done
trap '' HUP
COMPOSE_PROFILES=weaviate,postgresql,collaboration; export COMPOSE_PROFILES
cd /opt/dify/docker || finish 126
stage_0() { docker compose --ansi never up --detach --no-recreate worker; }
stopping
note begin; say '761885f5eae766545c3106e0 begin 0 scale'
attempt 0 loud stage_0 ; code=$?
stopping
note end; say '761885f5eae766545c3106e0 end 0 '"$code"' scale'
if [ "$code" -ne 0 ]; then finish "$code"; fi
finish 0
