# Puts the files of a backup back. Begins with below.sh. $1 folder of the files, $2 the backup's folder, $3 the folder of
# our state.
umask 077
kept=$(cd -- "$2" && pwd -P) && state=$(cd -- "$3" && pwd -P) || exit 1
mkdir -p -- "$1" && base=$(cd -P -- "$1" && pwd -P) || exit 1
draft=$kept/draft
while IFS= read -r line; do
    mode=${line%% *} path=${line#* }
    while [ "${#mode}" -gt 3 ]; do mode=${mode#?}; done # no setuid that a container gave it
    rm -rf -- "$draft" || exit 1
    if [ -L "$kept/docker/$path" ]; then cp -RP -- "$kept/docker/$path" "$draft"
    else cp -- "$kept/docker/$path" "$draft" && chmod "$mode" "$draft"; fi || exit 1
    put "$draft" "$path" || exit 1
done <"$kept/modes"
while IFS= read -r path; do drop "$path" || exit 1; done <"$kept/added"
if [ -f "$kept/manifest" ]; then
    cp -- "$kept/manifest" "$state/manifest.new" && mv -f -- "$state/manifest.new" "$state/manifest" || exit 1
fi
exit 0
