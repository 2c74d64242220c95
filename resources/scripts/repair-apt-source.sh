# Docker's own packages where its repository answers, else the distribution's where they are new enough.
repository=@REPOSITORY@
suite=@SUITE@
source=@SOURCE@
keyring=@KEYRING@
key=@KEY@
compose_package=@COMPOSE_PACKAGE@
need=@NEED@
answer_seconds=@ANSWER@
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then exit 0; fi
# ours of an earlier attempt; a source of somebody else is never touched
rm -f "$source" "$keyring"
if apt-get update --print-uris 2>/dev/null | grep -q -F "'$repository/"; then
  echo "$repository is set up here already, but has no docker-ce for this system; looking at the distribution's own packages."
else
  mkdir -p "$(dirname "$keyring")"
  printf '%s\n' "$key" >"$keyring"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: stable\nArchitectures: %s\nSigned-By: %s\n' \
    "$repository" "$suite" "$(dpkg --print-architecture)" "$keyring" >"$source"
  chmod 0644 "$keyring" "$source"
  apt-get update -q -o Dir::Etc::sourcelist="$source" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
    -o Acquire::Retries=1 -o Acquire::http::Timeout="$answer_seconds" -o Acquire::https::Timeout="$answer_seconds"
  if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then exit 0; fi
  echo "$repository did not answer as it should; looking at the distribution's own packages."
  rm -f "$source" "$keyring"
fi
version=$(apt-cache policy "$compose_package" | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p')
echo "$compose_package: ${version:-none}, needed: $need"
dpkg --compare-versions "${version:-0}" ge "$need"
