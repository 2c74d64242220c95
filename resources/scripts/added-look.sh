# What repairs noted of what they changed. $1 the folder of all notes, $2 the installation's folder. Prints "id NAME",
# then "change TEXT" for each. Notes made for another installation are left out as long as that one is there.
cd -- "$1" 2>/dev/null || exit 0
for name in *; do
    [ -e "$name/whole" ] || continue
    by=$(cat "$name/by" 2>/dev/null)
    if [ "$by" != "$2" ] && [ -n "$by" ] && [ -e "$by/.dify-installer/installation.json" ]; then continue; fi
    echo "id $name"
    sed 's/^/change /' "$name/changes"
    if { grep -q '^package ' "$name/changes" || [ -s "$name/packages.maybe" ]; } && [ ! -e "$name/packages.unknown" ]; then
        { LC_ALL=C comm -13 "$name/packages.before" "$name/packages.after" 2>/dev/null || true; } | sed 's/^/change package /'
    fi
done
exit 0
