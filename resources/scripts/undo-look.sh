# What stands in an installation's folder. $1 its docker folder, $2 the folder of our state.
# Prints "file PATH" for every file outside of volumes/, and "data KB PATH" for what lies in volumes/ and is not ours.
# Names that hold a line feed are left out, as they would look like two, and count as data below volumes/.
nl='
'
cd -- "$1" 2>/dev/null || exit 0
find . -path ./volumes -prune -o -name "*$nl*" -prune -o \( -type f -o -type l \) -print 2>/dev/null | head -n 2000 | sed 's#^\./#file #'
[ -d volumes ] || exit 0
{
    cut -c67- "$2/manifest" 2>/dev/null
    echo ///
    find volumes -name "*$nl*" -prune -print -o ! -type d -print 2>/dev/null | grep '^volumes/'
} | awk '$0 == "///" { seen = 1; next } !seen { ours[$0]; next }
    !($0 in ours) { split($0, part, "/"); if (!(part[2] in told)) { told[part[2]]; print part[2] } }' |
    while IFS= read -r name; do
        size=$(du -sk -- "volumes/$name" 2>/dev/null | cut -f1)
        printf 'data %s volumes/%s\n' "${size:-0}" "$name"
    done
