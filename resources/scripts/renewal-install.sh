# Makes the machine run our script by itself, and runs it once.
#   $1 systemd or cron, $2 the unit's name, $3 the script, $4 the line of the crontab, $5 its command
chmod 0700 "$3" || exit 1
if [ "$1" = systemd ]; then
    systemctl daemon-reload && systemctl enable --quiet --now "$2.timer" || exit 1
    systemctl start "$2.service" && exit 0
    journalctl --unit "$2.service" --lines 20 --no-pager --output cat >&2
    exit 1
fi
# A crontab that cannot be read is not written over.
if ! tab=$(LC_ALL=C crontab -l 2>&1); then
    case $tab in
    *'no crontab'* | *'No such file'*) tab= ;;
    *) printf '%s\n' "$tab" >&2 && exit 1 ;;
    esac
fi
{
    [ -z "$tab" ] || printf '%s\n' "$tab" | OURS=" $5" awk '
        { begin = length($0) - length(ENVIRON["OURS"]) + 1 }
        begin < 1 || substr($0, begin) != ENVIRON["OURS"]'
    printf '%s\n' "$4"
} | crontab - || exit 1
/bin/sh "$3"
