# Removes files of ours, and the folders that are empty afterwards. Begins with below.sh. $1 the folder; standard input:
# "file PATH", "inner PATH" (all that is in that folder) and "folder PATH" (deepest first), from $1. $2: whether empty
# folders below volumes/ go, too (yes or no).
base=$(cd -P -- "$1" 2>/dev/null && pwd -P) || exit 0
empty_ones() {
    if [ "$1" = yes ] && cd -P -- "$base"; then find volumes -depth -type d -delete 2>/dev/null; fi
    here=/
}
empty_ones "$2"
while IFS= read -r line; do
    path=${line#* }
    case $line in
    "file "*) drop "$path" || exit 1 ;;
    "inner "*) if [ ! -L "$base/${path%%/*}" ] && inside "$path/x"; then find . ! -name . -prune -exec rm -rf -- {} + || exit 1; fi ;;
    "folder "*) if inside "$path"; then rmdir -- "./$last" 2>/dev/null; fi ;;
    esac
done
empty_ones "$2"
exit 0
