# Lets containers read and write Dify's folder under SELinux, also after a relabelling; nothing is switched off.
folder=@FOLDER@
pattern=@PATTERN@
set -eu
mkdir -p "$folder"
if command -v semanage >/dev/null; then
  semanage fcontext -a -t container_file_t "$pattern" 2>/dev/null || semanage fcontext -m -t container_file_t "$pattern"
  restorecon -R "$folder"
else
  chcon -R -t container_file_t "$folder"
fi
ls -Zd "$folder"
