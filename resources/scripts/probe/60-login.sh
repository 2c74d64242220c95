# The person's own session: the probe may run as root through sudo.
# two seconds for each of these: a directory service may not answer
login=${SUDO_USER:-$(limit 2 id -un)}
login_entry=$(limit 2 getent passwd "$login" 2>/dev/null || grep "^$login:" /etc/passwd 2>/dev/null | head -n 1)
login_home=$(printf '%s' "$login_entry" | cut -d: -f6)
login_shell=${login_entry##*:}
login_uid=$(printf '%s' "$login_entry" | cut -d: -f3)
WATCHED='DOCKER_HOST|DOCKER_CONTEXT|DOCKER_CONFIG|DOCKER_CERT_PATH|DOCKER_TLS_VERIFY|DOCKER_API_VERSION|DOCKER_DEFAULT_PLATFORM|COMPOSE_FILE|COMPOSE_PROJECT_NAME|COMPOSE_PROFILES|COMPOSE_ENV_FILES|COMPOSE_PATH_SEPARATOR'

part_login() {
    printf 'user=%s\nuid=%s\nhome=%s\nshell=%s\n' "$login" "$login_uid" "$login_home" "$login_shell"
    # Groups of the session: of this process, or of the nearest parent that is not root (before sudo)
    process=$$
    while [ -n "$process" ] && [ "$process" -gt 1 ] 2>/dev/null; do
        real='' parent='' groups=''
        while read -r key value rest; do
            case $key in PPid:) parent=$value ;; Uid:) real=$value ;; Groups:) groups="$value $rest" ;; esac
        done 2>/dev/null <"/proc/$process/status"
        if [ "$real" = "$login_uid" ]; then
            printf 'session_groups=%s\n' "$groups"
            break
        fi
        process=$parent
    done
    printf 'docker_group=%s\n' "$(limit 2 getent group docker 2>/dev/null || grep '^docker:' /etc/group 2>/dev/null)"
    printf 'primary_group=%s\n' "$(printf '%s' "$login_entry" | cut -d: -f4)"
    set -- /etc/environment /etc/profile /etc/profile.d/* "$login_home/.profile" "$login_home/.bash_profile" \
        "$login_home/.bash_login" "$login_home/.bashrc" "$login_home/.zshenv" "$login_home/.zprofile" "$login_home/.zshrc" \
        "$login_home/.config/fish/config.fish" "$login_home/.cshrc" "$login_home/.tcshrc" "$login_home/.login" \
        "$login_home/.ssh/environment" "$login_home/.pam_environment"
    grep -lsE "^[^#]*($WATCHED)" "$@" | sed 's/^/source=/'
    if grep -qsE "^[^#]*($WATCHED|_proxy|_PROXY)" "$@"; then part_login_shell; else echo asked=yes; fi
    return 0
}

# What a login shell sets, by its own words; only where a start file mentions it, because a stranger's start files may
# do anything. As that user, no input, two seconds; into a file, because what they start may keep a pipe open.
part_login_shell() {
    [ -n "$work" ] || return 0
    case $login_shell in '' | */nologin | */false | */git-shell) return 0 ;; esac
    flag=-lc
    case $login_shell in *csh) flag=-c ;; esac
    set -- env -i HOME="$login_home" USER="$login" LOGNAME="$login" SHELL="$login_shell" TERM=dumb PATH="$PATH" "$login_shell" "$flag" env
    if [ "$me" = 0 ] && [ "$login" != root ]; then
        if has setpriv; then
            set -- setpriv --reuid="$login_uid" --regid="$(printf '%s' "$login_entry" | cut -d: -f4)" --init-groups "$@"
        elif has runuser; then
            set -- runuser -u "$login" -- "$@"
        else
            return 0
        fi
    fi
    cd / && limit 2 "$@" >"$work/environment" 2>/dev/null
    case $? in 124 | 137 | 143) ;; *) echo asked=yes ;; esac
    grep -E "^($WATCHED|[A-Za-z]+_proxy|[A-Z]+_PROXY)=" "$work/environment" | masked | sed 's/^/variable=/'
}
