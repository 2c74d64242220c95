# what the package podman-docker installs; this podman only tells its version (for vps-bare)
printf '#!/bin/sh\necho podman version 4.9.4\n' >/usr/bin/podman
cat >/usr/bin/docker <<'END'
#!/bin/sh
[ -e /etc/containers/nodocker ] || echo "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg." >&2
exec /usr/bin/podman "$@"
END
chmod 755 /usr/bin/podman /usr/bin/docker
