# Makes the machine run our script by itself, and runs it once. Begins with crontab.sh.
#   $1 systemd or cron, $2 the unit's name, $3 the script, $4 the line of the crontab, $5 its command
#   $6 and $7 of an earlier place of ours, which goes: the command of its line, its folder (empty: there is none)
chmod 0700 "$3" || exit 1
notes=${3%/*}
if [ "$1" = systemd ]; then
    systemctl daemon-reload && systemctl enable --quiet --now "$2.timer" || exit 1
else
    read_tab "$notes" || exit 1
    others=$(theirs "$5" ${6:+"$6"}) || exit 1
    new="${others:+$others$nl}$4$nl"
    write_tab "$notes" || exit 1
fi
[ -z "$7" ] || rm -rf -- "$7"
if [ "$1" = systemd ]; then
    systemctl start "$2.service" && exit 0
    journalctl --unit "$2.service" --lines 20 --no-pager --output cat >&2
    exit 1
fi
/bin/sh "$3"
