# What stands in an installation's folder. $1 its docker folder, $2 the folder of our state.
# Prints "file PATH" for every file outside of volumes/, and "data KB PATH" for what lies in volumes/ and is not ours.
# Names that hold a line feed are left out, as they would look like two, and count as data below volumes/; so does what
# may not be read there ("data ? PATH"). Exit code 1 after any other error: the list is not complete.
nl='
'
LC_ALL=C
export LC_ALL
gone=': No such file or directory$'
if ! cd -- "$1" 2>/dev/null; then
    errors=$(ls -d -- "$1" 2>&1 >/dev/null)
    printf '%s\n' "$errors" | grep -q -e "$gone" -e ': Not a directory$' && exit 0
    printf '%s\n' "${errors:-$1: cannot be entered}" >&2
    exit 1
fi
# checked [PATTERN]: whether $errors, which end with "exit=CODE" of find, are of files that went meanwhile, fit PATTERN, or
# are of head, which had enough
checked() {
    case $errors in
    exit=0 | exit=141 | *"$nl"exit=0 | *"$nl"exit=141 | *"$nl"exit=1) ;;
    *) printf '%s\n' "$errors" >&2 && return 1 ;;
    esac
    ! printf '%s\n' "$errors" | grep -v -e "$gone" -e "${1:-$gone}" -e ': Broken pipe$' -e '^exit=' >&2
}
exec 4>&1
errors=$({
    { find . -path ./volumes -prune -o -name "*$nl*" -prune -o \( -type f -o -type l \) -print; echo "exit=$?" >&2; } |
        head -n 2000 | sed 's#^\./#file #' >&4
} 2>&1)
checked || exit 1
[ -d volumes ] || exit 0
errors=$({
    {
        cut -c67- "$2/manifest" 2>/dev/null
        echo ///
        { find volumes -name "*$nl*" -prune -print -o ! -type d -print; echo "exit=$?" >&2; } | grep '^volumes/'
    } | awk '$0 == "///" { seen = 1; next } !seen { ours[$0]; next }
        !($0 in ours) { split($0, part, "/"); if (!(part[2] in told)) { told[part[2]]; print part[2] } }' |
        while IFS= read -r name; do
            size=$(du -sk -- "volumes/$name" 2>/dev/null | cut -f1)
            printf 'data %s volumes/%s\n' "${size:-0}" "$name"
        done >&4
} 2>&1)
closed="^find: [^a-z]*volumes/\([^/:']*\).*: Permission denied\$"
printf '%s\n' "$errors" | sed -n "s#$closed#data ? volumes/\1#p"
checked "$closed" || exit 1
exit 0
