# Settings of the kernel that the vector store asks for: raised now and at every start of the machine. None is lowered.
file=@FILE@
settings=@SETTINGS@
set -eu
mkdir -p "$(dirname "$file")"
[ -e "$file" ] || echo "# Dify's vector store asks for these. Delete this file and restart the machine to undo it." >"$file"
draft=$file.dify-installer
trap 'rm -f "$draft"' EXIT
while read -r name value; do
  now=$(sysctl -n "$name")
  if [ "$now" -ge "$value" ]; then echo "$name is $now already."; continue; fi
  sysctl -w "$name=$value"
  awk -F'[ =]' -v name="$name" '$1 != name' "$file" >"$draft"
  echo "$name = $value" >>"$draft"
  chmod 0644 "$draft"
  mv "$draft" "$file"
done <<SETTINGS
$settings
SETTINGS
cat "$file"
