# Docker's own packages where its repository answers, else the distribution's where they are new enough.
export LC_ALL=C
if dnf -q repoquery docker-ce 2>/dev/null | grep -q docker-ce; then exit 0; fi
cat >/etc/pki/rpm-gpg/RPM-GPG-KEY-docker <<'KEY'
@KEY@
KEY
cat >/etc/yum.repos.d/docker-ce.repo <<'SOURCE'
[docker-ce-stable]
name=Docker CE Stable
baseurl=@REPOSITORY@
enabled=1
gpgcheck=1
timeout=@ANSWER@
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-docker
SOURCE
chmod 0644 /etc/pki/rpm-gpg/RPM-GPG-KEY-docker /etc/yum.repos.d/docker-ce.repo
if dnf -q repoquery --disablerepo='*' --enablerepo=docker-ce-stable docker-ce | grep -q docker-ce; then exit 0; fi
echo "@REPOSITORY@ did not answer as it should; looking at the distribution's own packages."
rm -f /etc/yum.repos.d/docker-ce.repo /etc/pki/rpm-gpg/RPM-GPG-KEY-docker
[ -n "@COMPOSE_PACKAGE@" ] || { echo "This distribution has no Docker of its own."; exit 1; }
version=$(dnf -q repoquery --latest-limit=1 --qf '%{version}\n' @COMPOSE_PACKAGE@ | tail -n 1)
echo "@COMPOSE_PACKAGE@: ${version:-none}, needed: @NEED@"
[ "$(printf '%s\n' @NEED@ "${version:-0}" | sort -V | head -n 1)" = @NEED@ ]
