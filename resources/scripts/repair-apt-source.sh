# Docker's own packages where its repository answers, else the distribution's where they are new enough.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then exit 0; fi
# ours of an earlier attempt; a source of somebody else is never touched
rm -f @SOURCE@ @KEYRING@
if apt-get update --print-uris 2>/dev/null | grep -q -F "'@REPOSITORY@/"; then
  echo "@REPOSITORY@ is set up here already, but has no docker-ce for this system; looking at the distribution's own packages."
else
  mkdir -p "$(dirname @KEYRING@)"
  cat >@KEYRING@ <<'KEY'
@KEY@
KEY
  cat >@SOURCE@ <<SOURCE
Types: deb
URIs: @REPOSITORY@
Suites: @SUITE@
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: @KEYRING@
SOURCE
  chmod 0644 @KEYRING@ @SOURCE@
  apt-get update -q -o Dir::Etc::sourcelist=@SOURCE@ -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
    -o Acquire::Retries=1 -o Acquire::http::Timeout=@ANSWER@ -o Acquire::https::Timeout=@ANSWER@
  if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then exit 0; fi
  echo "@REPOSITORY@ did not answer as it should; looking at the distribution's own packages."
  rm -f @SOURCE@ @KEYRING@
fi
version=$(apt-cache policy @COMPOSE_PACKAGE@ | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p')
echo "@COMPOSE_PACKAGE@: ${version:-none}, needed: @NEED@"
dpkg --compare-versions "${version:-0}" ge @NEED@
