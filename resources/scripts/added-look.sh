# What repairs noted of what they changed. $1 the folder of all notes. Prints "id NAME", then "change TEXT" for each.
cd -- "$1" 2>/dev/null || exit 0
for name in *; do
    [ -e "$name/whole" ] || continue
    echo "id $name"
    sed 's/^/change /' "$name/changes"
    { LC_ALL=C comm -13 "$name/packages.before" "$name/packages.after" 2>/dev/null || true; } | sed 's/^/change package /'
done
exit 0
