# Places or removes the word that proves where an address leads, in the folder that an ACME server asks for.
#   $1 place or remove, $2 the word, $3 the folder inside of the web server's container
# Afterwards the addresses of this machine, one a line: "address A".
case $1 in
place) inner='mkdir -p "$1" && printf %s "$2" >"$1/$2"' ;;
*) inner='rm -f "$1/$2"; rmdir "$1" "${1%/*}" 2>/dev/null; :' ;;
esac
docker compose --ansi never exec -T nginx sh -c "$inner" sh "$3" "$2" </dev/null || exit 1
[ "$1" = place ] || exit 0
if command -v ip >/dev/null 2>&1; then
    ip -o addr show scope global 2>/dev/null | sed -n 's/.* inet6\{0,1\} \([^/ ]*\).*/address \1/p'
else
    hostname -I 2>/dev/null | tr ' ' '\n' | sed -n 's/^\(..*\)$/address \1/p'
fi
exit 0
