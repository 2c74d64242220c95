# Keeps the present versions of files before they are changed. Begins with below.sh.
# $1 folder of the files, $2 the backup's folder (its name is a time), $3 how many backups are kept,
# $4 the folder of our state, further ones: names of backups that never go; standard input: paths of files from $1, one a line.
umask 077
mkdir -p -- "$2/docker" && kept=$(cd -- "$2" && pwd -P) && state=$(cd -- "$4" && pwd -P) || exit 1
base=$(cd -P -- "$1" && pwd -P) || exit 1
all=${kept%/*}
chmod 700 "$all" "$kept" && : >"$kept/modes" && : >"$kept/added" || exit 1
# The file is copied as it is: a link remains a link, so that nothing comes here from where a container's link leads.
# A link beside the Compose file is no container's: its file is kept.
while IFS= read -r path; do
    if ! inside "$path"; then
        if [ -n "$missing" ]; then printf '%s\n' "$path" >>"$kept/added" && continue; fi
        refused "$path" || exit 1
    fi
    copy=$kept/docker/$path how=-RP look=
    [ -n "$way" ] || how=-L look=-L
    if [ -f "./$last" ] || { [ -n "$way" ] && [ -L "./$last" ]; }; then
        [ -z "$way" ] || mkdir -p -- "${copy%/*}" || exit 1
        cp "$how" -- "./$last" "$copy" || exit 1
        if [ -L "$copy" ]; then mode=777
        elif [ -f "$copy" ]; then mode=$(stat $look -c %a "./$last") && chmod 600 "$copy" || exit 1
        else rm -rf -- "$copy" && refused "$path" || exit 1; fi
        printf '%s %s\n' "$mode" "$path" >>"$kept/modes" || exit 1
    elif [ ! -e "./$last" ]; then
        printf '%s\n' "$path" >>"$kept/added" || exit 1
    fi
done
for name in installation.json manifest; do
    if [ -f "$state/$name" ]; then cp -- "$state/$name" "$kept/$name" && chmod 600 "$kept/$name" || exit 1; fi
done
cd -- "$all" || exit 1
from=$(($3 + 1))
shift 4
needed=" $* "
ls -1 | grep '^[0-9]\{8\}T[0-9]\{6\}' | sort -r | tail -n "+$from" | while IFS= read -r old; do
    case $needed in *" $old "*) ;; *) rm -rf -- "./$old" ;; esac
done
exit 0
