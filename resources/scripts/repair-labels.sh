# Lets containers read and write Dify's folder under SELinux, also after a relabelling; nothing is switched off.
set -eu
mkdir -p @FOLDER@
if command -v semanage >/dev/null; then
  semanage fcontext -a -t container_file_t @PATTERN@ 2>/dev/null || semanage fcontext -m -t container_file_t @PATTERN@
  restorecon -R @FOLDER@
else
  chcon -R -t container_file_t @FOLDER@
fi
ls -Zd @FOLDER@
