# Takes away what renewal-install.sh did. $1 systemd or cron, $2 the unit's name, $3 the script, $4 our notes
if [ "$1" = systemd ]; then
    systemctl disable --quiet --now "$2.timer" 2>/dev/null
    rm -f "/etc/systemd/system/$2.timer" "/etc/systemd/system/$2.service" || exit 1
    systemctl daemon-reload
elif crontab -l 2>/dev/null | grep -qF "$3"; then
    crontab -l | grep -vF "$3" | crontab - || exit 1
fi
rm -rf -- "$4"
