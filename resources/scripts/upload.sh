# Places files. Begins with below.sh. $1 their folder, $2 gzip or plain, $3 a folder that is ours alone, on the same file
# system. Standard input: an archive of "list" (paths, one a line, in the order in which they are placed) and "files".
# Each file appears whole or not at all.
mkdir -p -- "$1" && base=$(cd -P -- "$1" && pwd -P) || exit 1
umask 077
rm -rf -- "$3/upload" && mkdir -p -- "$3/upload" && came=$(cd -- "$3/upload" && pwd -P) || exit 1
trap 'cd / && rm -rf -- "$came"' EXIT
trap 'exit 1' HUP INT TERM
cd -- "$came" || exit 1
umask 022
if [ "$2" = gzip ]; then gzip -dc | tar -x -p -o -f -; else tar -x -p -o -f -; fi || exit 1
cat >/dev/null
while IFS= read -r path; do put "$came/files/$path" "$path" || exit 1; done <"$came/list"
exit 0
