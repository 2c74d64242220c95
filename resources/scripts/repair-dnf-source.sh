# Docker's own packages where its repository answers, else the distribution's where they are new enough.
export LC_ALL=C
if dnf -q repoquery docker-ce 2>/dev/null | grep -q docker-ce; then exit 0; fi
# ours of an earlier attempt; a source of somebody else is never touched
rm -f @SOURCE@ @KEYRING@
# is there one for the same place that is switched on?
theirs() {
  cat "$(dirname @SOURCE@)"/*.repo 2>/dev/null | awk -v place='@PLACE@' '
    function whole() { if (here && on) found = 1; here = 0; on = 1 }
    /^\[/ { whole() } /^baseurl/ && index($0, place) { here = 1 } /^enabled *= *(0|[Ff]alse|[Nn]o)/ { on = 0 }
    END { whole(); exit !found }'
}
if theirs; then
  echo "@PLACE@ is set up here already, but has no docker-ce for this system; looking at the distribution's own packages."
else
  cat >@KEYRING@ <<'KEY'
@KEY@
KEY
  cat >@SOURCE@ <<'SOURCE'
[dify-installer-docker]
name=Docker CE Stable (Dify Installer)
baseurl=@REPOSITORY@
enabled=1
gpgcheck=1
timeout=@ANSWER@
gpgkey=file://@KEYRING@
SOURCE
  chmod 0644 @KEYRING@ @SOURCE@
  if dnf -q repoquery --disablerepo='*' --enablerepo=dify-installer-docker docker-ce | grep -q docker-ce; then exit 0; fi
  echo "@REPOSITORY@ did not answer as it should; looking at the distribution's own packages."
  rm -f @SOURCE@ @KEYRING@
fi
[ -n "@COMPOSE_PACKAGE@" ] || { echo "This distribution has no Docker of its own."; exit 1; }
version=$(dnf -q repoquery --latest-limit=1 --qf '%{version}\n' @COMPOSE_PACKAGE@ | tail -n 1)
echo "@COMPOSE_PACKAGE@: ${version:-none}, needed: @NEED@"
[ "$(printf '%s\n' @NEED@ "${version:-0}" | sort -V | head -n 1)" = @NEED@ ]
