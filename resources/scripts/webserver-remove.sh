# Takes our file away from nginx, or puts an earlier one of ours back; one that was edited by hand stays.
file=@FILE@
kept=@KEPT@
ours=@OURS@
former=@BACK@
draft=${file%/*}/.${file##*/}.new  # nginx does not read what begins with a dot
now=none
if [ -e "$file" ]; then now=$(sha256sum <"$file" | cut -d' ' -f1) || exit 1; fi
case " $ours none " in
*" $now "*) ;;
*) echo "$file was edited by hand; it stays as it is."; exit 0 ;;
esac
umask 022
if [ "$now" != none ]; then mkdir -p -- "$kept" && chmod 700 "$kept" && cp -- "$file" "$kept/$now.conf" || exit 1; fi
if [ -e "$kept/$former.conf" ]; then
  cp -- "$kept/$former.conf" "$draft" && mv -f -- "$draft" "$file" || exit 1
  echo "$file is as it was before."
elif [ "$now" != none ]; then
  rm -f -- "$file" || exit 1
  echo "$file is gone."
fi
command -v nginx >/dev/null || exit 0
if ! nginx -t; then echo "nginx was not reloaded: its configuration has an error."; exit 0; fi
if [ -d /run/systemd/system ] && systemctl --quiet is-active nginx.service; then systemctl reload nginx.service
else nginx -s reload; fi || echo "nginx could not be reloaded."
exit 0
