# Gives nginx our file, and goes back to what was there before if it does not accept it. Nobody else's file is touched.
file=@FILE@
kept=@KEPT@
before=@BEFORE@
text=@TEXT@
draft=${file%/*}/.${file##*/}.new  # nginx does not read what begins with a dot
sum() { sha256sum <"$1" | cut -d' ' -f1; }
back() {
  if [ -e "$kept/$before.conf" ]; then cp -- "$kept/$before.conf" "$draft" && mv -f -- "$draft" "$file"; else rm -f -- "$file"; fi
}
reload() {
  if [ -d /run/systemd/system ] && systemctl --quiet is-active nginx.service; then systemctl reload nginx.service
  else nginx -s reload; fi
}
now=none
if [ -e "$file" ]; then now=$(sum "$file") || exit 1; fi
if [ "$now" != "$before" ]; then echo "$file was changed meanwhile; it stays as it is."; exit 1; fi
umask 022
printf %s "$text" >"$draft" || exit 1
if [ "$now" != none ]; then
  mkdir -p -- "$kept" && chmod 700 "$kept" && cp -- "$file" "$kept/$now.conf" || { rm -f -- "$draft"; exit 1; }
fi
mv -f -- "$draft" "$file" || exit 1
if ! nginx -t; then
  back
  echo "nginx does not accept $file; what was there before is back, and nginx was not reloaded."
  exit 1
fi
if ! reload; then
  back
  nginx -t && reload
  echo "nginx could not be reloaded; what was there before is back."
  exit 1
fi
echo "nginx uses $file now."
