# Takes away what renewal-install.sh did.
#   $1 systemd or cron, $2 the unit's name, $3 the command of the crontab's line, $4 our notes
if [ "$1" = systemd ]; then
    systemctl disable --quiet --now "$2.timer" 2>/dev/null
    rm -f "/etc/systemd/system/$2.timer" "/etc/systemd/system/$2.service" || exit 1
    systemctl daemon-reload
elif tab=$(crontab -l 2>/dev/null) && printf '%s\n' "$tab" | grep -qF " $3"; then
    # lines that end with our command; another installation's may hold it in the middle
    printf '%s\n' "$tab" | OURS=" $3" awk '
        { begin = length($0) - length(ENVIRON["OURS"]) + 1 }
        begin < 1 || substr($0, begin) != ENVIRON["OURS"]' | crontab - || exit 1
fi
rm -rf -- "$4"
