# Keeps the present versions of files before they are changed.
# $1 folder of the files, $2 the backup's folder (its name is a time), $3 how many backups are kept,
# $4 the folder of our state, further ones: names of backups that never go; standard input: paths of files from $1, one a line.
umask 077
all=${2%/*}
mkdir -p -- "$2/docker" && chmod 700 "$all" "$2" || exit 1
: >"$2/modes" && : >"$2/added" || exit 1
cd -- "$1" || exit 1
while IFS= read -r path; do
    if [ -f "$path" ]; then
        case $path in */*) mkdir -p -- "$2/docker/${path%/*}" || exit 1 ;; esac
        cp -- "$path" "$2/docker/$path" && chmod 600 "$2/docker/$path" || exit 1
        printf '%s %s\n' "$(stat -L -c %a -- "$path")" "$path" >>"$2/modes" || exit 1
    elif [ ! -e "$path" ]; then
        printf '%s\n' "$path" >>"$2/added" || exit 1
    fi
done
for name in installation.json manifest; do
    if [ -f "$4/$name" ]; then cp -- "$4/$name" "$2/$name" && chmod 600 "$2/$name" || exit 1; fi
done
cd -- "$all" || exit 1
from=$(($3 + 1))
shift 4
needed=" $* "
ls -1 | grep '^[0-9]\{8\}T[0-9]\{6\}' | sort -r | tail -n "+$from" | while IFS= read -r old; do
    case $needed in *" $old "*) ;; *) rm -rf -- "./$old" ;; esac
done
exit 0
