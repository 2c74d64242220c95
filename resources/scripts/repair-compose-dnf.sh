# The package of Compose that belongs to this Docker, if there is one; otherwise the next step looks elsewhere.
need=@NEED@
export LC_ALL=C
for name in docker-compose-plugin docker-compose; do
  version=$(dnf -q repoquery --latest-limit=1 --qf '%{version}\n' $name 2>/dev/null | tail -n 1)
  if [ -n "$version" ] && [ "$(printf '%s\n' "$need" "$version" | sort -V | head -n 1)" = "$need" ]; then
    dnf install -y $name && dnf upgrade -y $name && exit 0
  fi
done
echo "No package of Compose $need or newer."
