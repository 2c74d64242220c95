# Docker's own packages where its repository answers, else the distribution's where they are new enough.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then exit 0; fi
install -d -m 0755 /etc/apt/keyrings
cat >/etc/apt/keyrings/docker.asc <<'KEY'
@KEY@
KEY
cat >/etc/apt/sources.list.d/docker.sources <<SOURCE
Types: deb
URIs: @REPOSITORY@
Suites: @SUITE@
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: /etc/apt/keyrings/docker.asc
SOURCE
chmod 0644 /etc/apt/keyrings/docker.asc /etc/apt/sources.list.d/docker.sources
apt-get update -q -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/docker.sources -o Dir::Etc::sourceparts=- \
  -o APT::Get::List-Cleanup=0 -o Acquire::Retries=1 -o Acquire::http::Timeout=@ANSWER@ -o Acquire::https::Timeout=@ANSWER@
if apt-cache policy docker-ce | grep -q 'Candidate: [0-9]'; then exit 0; fi
echo "@REPOSITORY@ did not answer as it should; looking at the distribution's own packages."
rm -f /etc/apt/sources.list.d/docker.sources /etc/apt/keyrings/docker.asc
version=$(apt-cache policy @COMPOSE_PACKAGE@ | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p')
echo "@COMPOSE_PACKAGE@: ${version:-none}, needed: @NEED@"
dpkg --compare-versions "${version:-0}" ge @NEED@
