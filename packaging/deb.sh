#!/usr/bin/env bash
# Packs the frozen folder for Debian and Ubuntu.   packaging/deb.sh [FROZEN_FOLDER [OUT_FOLDER]]
# Needs dpkg-deb and objdump (binutils). Everything goes to /opt/dify-installer; /usr/bin gets two links, the desktop
# a file and icons. Nothing is run at install time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
frozen=$(cd "${1:-$here/../dist/dify-installer}" && pwd)
mkdir -p "${2:-$here/../dist}"
out=$(cd "${2:-$here/../dist}" && pwd)

version=$("$frozen/dify-installer-cli" --version)
architecture=$(dpkg --print-architecture)
# the newest glibc that any file of ours asks for: the release is built on an old Ubuntu to keep it low
glibc=$(find "$frozen" -type f \( -name '*.so*' -o -perm -u+x \) -exec objdump -T {} + 2>/dev/null |
    grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1 | cut -d_ -f2)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
umask 022
chmod 755 "$root"
mkdir -p "$root/DEBIAN" "$root/opt" "$root/usr/bin" "$root/usr/share/applications" "$root/usr/share/doc/dify-installer"
cp -a "$frozen" "$root/opt/dify-installer"
chmod -R u=rwX,go=rX "$root/opt/dify-installer"
# libraries are loaded, not run: dpkg's checkers expect no x on them
find "$root/opt/dify-installer/_internal" -type f -name '*.so*' -exec chmod 644 {} +
for program in dify-installer dify-installer-cli; do
    ln -s "/opt/dify-installer/$program" "$root/usr/bin/$program"
done
install -m 644 "$here/dify-installer.desktop" "$root/usr/share/applications/"
install -m 644 "$here/../LICENSE" "$root/usr/share/doc/dify-installer/copyright"
for picture in "$frozen"/_internal/icons/dify-installer-*.png; do
    size=$(basename "$picture" .png)
    size=${size##*-}
    install -D -m 644 "$picture" "$root/usr/share/icons/hicolor/${size}x$size/apps/dify-installer.png"
done
install -D -m 644 "$frozen/_internal/resources/app/icon.svg" \
    "$root/usr/share/icons/hicolor/scalable/apps/dify-installer.svg"

# Depends: what PyInstaller leaves to the system (graphics, the X and Wayland clients) and the data files that
# bundled libraries read (keyboards, locales of X, fonts' configuration).
cat >"$root/DEBIAN/control" <<CONTROL
Package: dify-installer
Version: $version
Section: admin
Priority: optional
Architecture: $architecture
Installed-Size: $(du -sk --apparent-size "$root/opt" "$root/usr" | awk '{ kib += $1 } END { print kib }')
Maintainer: ${MAINTAINER:-Dify Installer contributors <noreply@localhost>}
Depends: libc6 (>= $glibc), libegl1, libgl1, libxcb1, libwayland-client0, libwayland-cursor0, libwayland-egl1, fontconfig-config, xkb-data, libx11-data
Recommends: fonts-noto-cjk | fonts-vlgothic | fonts-ipafont-gothic, xdg-desktop-portal
Suggests: openssh-client
Description: unofficial installer and control panel for self-hosted Dify
 Installs Dify with Docker Compose on a server over SSH or on this computer,
 checks beforehand what would stop it, and looks after it afterwards: state,
 logs, restart. English and Japanese, with a window and a command line.
CONTROL

package="$out/dify-installer_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Zxz --build "$root" "$package"
