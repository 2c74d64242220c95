# Places or removes the word that proves where an address leads, in the folder that an ACME server asks for.
#   $1 place or remove, $2 the word, $3 the folder inside of the web server's container
case $1 in
place) inner='mkdir -p "$1" && printf %s "$2" >"$1/$2"' ;;
*) inner='rm -f "$1/$2"; rmdir "$1" "${1%/*}" 2>/dev/null; :' ;;
esac
docker compose --ansi never exec -T nginx sh -c "$inner" sh "$3" "$2" </dev/null
