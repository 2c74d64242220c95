# Sourced by ./run, ./test and .ci/run: makes .venv from the lock file. May be repeated; quick when nothing changed.
# Needs bash. On Debian as root it installs what Python and Qt need from the system; elsewhere it says what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

debian_packages() { # install those of "$@" that are missing
    command -v dpkg-query >/dev/null || return 0
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        say "These Debian packages are missing: ${missing[*]}"
        say "Install them with: sudo apt-get install ${missing[*]}"
        return 0
    fi
    say "Installing Debian packages: ${missing[*]}"
    # a mirror that answers late must not end the set-up
    local try
    for try in 1 2 3; do
        LC_ALL=C apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null &&
            LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null && return 0
        sleep $((try * 5))
    done
    say "Installing Debian packages failed."
    return 1
}

find_python() { # the first Python that is new enough and can make virtual environments
    local candidate PATH=$PATH
    # an environment that is active may be the very one that is about to be made anew
    [ -z "${VIRTUAL_ENV:-}" ] || PATH=${PATH//"$VIRTUAL_ENV/bin:"/}
    PATH=${PATH//"$PWD/.venv/bin:"/}
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3.14 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        command -v "$candidate"
        return 0
    done
    return 1
}

make_venv() {
    local lock="requirements.lock" stamp=".venv/.made-from" want python
    want=$(cksum <"$lock")
    if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && .venv/bin/python -c '' 2>/dev/null; then
        return 0
    fi
    python=$(find_python) || {
        debian_packages python3 python3-venv
        python=$(find_python) || { say "Python 3.11 or newer with the venv module is needed."; return 1; }
    }
    say "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    printf '%s\n' "$want" >"$stamp"
}

# What Qt's own libraries load from the system (the wheel does not carry them).
QT_PACKAGES="libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0 libglib2.0-0t64"
# What a window on X11 needs beyond that, and a font with Japanese (a new Debian has none).
WINDOW_PACKAGES="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-xkb1 libxkbcommon-x11-0 fonts-vlgothic"
# A desktop without a screen, a tray, a screen reader's side of it, and a keyring (only ./test --all).
DESK_PACKAGES="xvfb openbox stalonetray xdotool dbus at-spi2-core python3-pyatspi gir1.2-atspi-2.0 dbus-x11 gnome-keyring"
