# Puts the files of a backup back. $1 folder of the files, $2 the backup's folder, $3 the folder of our state.
umask 077
cd -- "$2" || exit 1
while IFS= read -r line; do
    mode=${line%% *} path=${line#* }
    case $path in */*) (umask 022 && mkdir -p -- "$1/${path%/*}") || exit 1 ;; esac
    cp -- "docker/$path" "$1/$path.restored" && chmod "$mode" "$1/$path.restored" &&
        mv -f -- "$1/$path.restored" "$1/$path" || exit 1
done <modes
while IFS= read -r path; do rm -f -- "$1/$path" || exit 1; done <added
if [ -f manifest ]; then cp -- manifest "$3/manifest.new" && mv -f -- "$3/manifest.new" "$3/manifest" || exit 1; fi
exit 0
