# Removes files of ours, and the folders that are empty afterwards. $1 the folder; standard input: "file PATH" and
# "folder PATH" (deepest first), from $1. $2: whether empty folders below volumes/ go, too (yes or no).
cd -- "$1" 2>/dev/null || exit 0
if [ "$2" = yes ] && [ -d volumes ]; then
    find volumes -depth -type d -exec rmdir -- {} \; 2>/dev/null
fi
while IFS= read -r line; do
    path=${line#* }
    case $line in
    "file "*) rm -f -- "$path" || exit 1 ;;
    "folder "*) rmdir -- "$path" 2>/dev/null ;;
    esac
done
if [ "$2" = yes ] && [ -d volumes ]; then
    find volumes -depth -type d -exec rmdir -- {} \; 2>/dev/null
fi
exit 0
