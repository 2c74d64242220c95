# Takes away what renewal-install.sh did. Begins with crontab.sh.
#   $1 systemd or cron, $2 the unit's name, $3 the command of the crontab's line, $4 our notes
#   $5 and $6 the same of an earlier place of ours (empty: there is none)
if [ "$1" = systemd ]; then
    systemctl disable --quiet --now "$2.timer" 2>/dev/null
    rm -f "/etc/systemd/system/$2.timer" "/etc/systemd/system/$2.service" || exit 1
    systemctl daemon-reload
elif [ -d "$4" ] && read_tab "$4"; then
    case "$nl$tab$nl" in *" $3$nl"* | *" ${5:-$3}$nl"*)
        new=$(theirs "$3" ${5:+"$5"}) || exit 1
        new=${new:+$new$nl}
        write_tab "$4" || exit 1
        ;;
    esac
fi
rm -rf -- "$4" ${6:+"$6"} || exit 1
# the last one takes the folders along that we made for them
case $4 in */dify-installer/renewal/*) rmdir -- "${4%/*}" "${4%/*/*}" 2>/dev/null ;; esac
exit 0
