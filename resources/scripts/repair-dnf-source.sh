# Docker's own packages where its repository answers, else the distribution's where they are new enough.
repository=@REPOSITORY@
place=@PLACE@
source=@SOURCE@
keyring=@KEYRING@
key=@KEY@
compose_package=@COMPOSE_PACKAGE@
need=@NEED@
answer_seconds=@ANSWER@
export LC_ALL=C
if dnf -q repoquery docker-ce 2>/dev/null | grep -q docker-ce; then exit 0; fi
# ours of an earlier attempt; a source of somebody else is never touched
rm -f "$source" "$keyring"
# is there one for the same place that is switched on?
theirs() {
  cat "$(dirname "$source")"/*.repo 2>/dev/null | PLACE=$place awk '
    function whole() { if (here && on) found = 1; here = 0; on = 1 }
    /^\[/ { whole() } /^baseurl/ && index($0, ENVIRON["PLACE"]) { here = 1 } /^enabled *= *(0|[Ff]alse|[Nn]o)/ { on = 0 }
    END { whole(); exit !found }'
}
if theirs; then
  echo "$place is set up here already, but has no docker-ce for this system; looking at the distribution's own packages."
else
  printf '%s\n' "$key" >"$keyring"
  {
    printf '[dify-installer-docker]\nname=Docker CE Stable (Dify Installer)\nbaseurl=%s\n' "$repository"
    printf 'enabled=1\ngpgcheck=1\ntimeout=%s\ngpgkey=file://%s\n' "$answer_seconds" "$keyring"
  } >"$source"
  chmod 0644 "$keyring" "$source"
  if dnf -q repoquery --disablerepo='*' --enablerepo=dify-installer-docker docker-ce | grep -q docker-ce; then exit 0; fi
  echo "$repository did not answer as it should; looking at the distribution's own packages."
  rm -f "$source" "$keyring"
fi
[ -n "$compose_package" ] || { echo "This distribution has no Docker of its own."; exit 1; }
version=$(dnf -q repoquery --latest-limit=1 --qf '%{version}\n' "$compose_package" | tail -n 1)
echo "$compose_package: ${version:-none}, needed: $need"
[ "$(printf '%s\n' "$need" "${version:-0}" | sort -V | head -n 1)" = "$need" ]
