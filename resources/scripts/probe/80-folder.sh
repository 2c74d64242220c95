# The installation's own folder.
part_directory() {
    near=$(nearest "$dir")
    if [ -d "$dir" ]; then echo exists=yes; elif [ -e "$dir" ]; then echo exists=file; else echo exists=no; fi
    if [ -w "$near" ]; then echo writable=yes; else echo writable=no; fi
    if [ -d "$dir" ]; then ls -A "$dir" 2>/dev/null | sed 's/^/entry=/'; fi
    if [ -d "$dir/docker" ]; then
        physical "$dir/docker"
        ls -A "$dir/docker" 2>/dev/null | sed 's/^/docker_entry=/'
    fi
    return 0
}

part_disks() {
    docker_root=$(sed -n 's/.*"DockerRootDir":"\([^"]*\)".*/\1/p' "${work:-/nonexistent}/info" 2>/dev/null | head -n 1)
    disk folder "$dir"
    disk docker "${docker_root:-/var/lib/docker}"
    disk containerd /var/lib/containerd
}
# disk NAME FOLDER: what df says of its nearest existing parent, the line of its mount
disk() {
    near=$(nearest "$2")
    printf '%s_path=%s\n%s_near=%s\n' "$1" "$2" "$1" "$near"
    printf '%s_kb=%s\n' "$1" "$(limit 4 df -Pk "$near" 2>/dev/null | tail -n 1)"
    inodes=$(limit 4 df -Pi "$near" 2>/dev/null | tail -n 1)
    printf '%s_inodes=%s\n' "$1" "$inodes"
    point=${inodes##*% }
    point=${point##*- }
    while read -r _ at kind options _; do
        [ "$at" = "$point" ] && printf '%s_mount=%s %s\n' "$1" "$kind" "$options"
    done 2>/dev/null </proc/mounts
    return 0
}

part_files() {
    # checksums of everything the record names; data folders are never walked
    if [ -f "$dir/.dify-installer/manifest" ] && has sha256sum; then
        (cd "$dir/docker" && own_bytes "$dir/.dify-installer/manifest" 1048576 | cut -c67- | while IFS= read -r f; do
            case $f in */*) [ ! -L "$f" ] || continue ;; esac
            [ -f "$f" ] && sha256sum "./$f"
        done)
    fi
    return 0
}
# Certificates that certbot keeps, and what renews them. Where its folder may not be read: the copy that our script made.
part_certificates() {
    conf=$dir/docker/volumes/certbot/conf
    notes=/var/lib/dify-installer/renewal/$project
    [ -d "$notes" ] || notes=$dir/.dify-installer/renewal # of an earlier version, or of a user who is not root
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
        [ -r "$file" ] && printf 'authorities=%s\n' "$file" && break
    done
    [ -d /run/systemd/system ] && has systemctl && echo systemd=yes
    has crontab && echo cron=yes
    if [ -f "$notes/renew.sh" ]; then
        has sha256sum && printf 'script=%s\n' "$(own_bytes "$notes/renew.sh" 262144 | sha256sum | cut -d' ' -f1)"
        [ "$(limit 3 systemctl is-active "dify-installer-renew-$project.timer" 2>/dev/null)" = active ] && echo timer=active
        limit 3 crontab -l 2>/dev/null | grep -qF "$notes/renew.sh" && echo crontab=yes
    fi
    own_bytes "$notes/status" | sed 's/^/status_/'
    closed=
    for folder in "$conf" "$conf/live" "$conf/archive"; do  # what is in live are links into archive
        if [ -d "$folder" ] && { [ ! -r "$folder" ] || [ ! -x "$folder" ]; }; then closed=yes; fi
    done
    if [ -n "$closed" ]; then
        echo readable=no
        for file in "$notes"/*.pem; do
            [ -f "$file" ] || continue
            name=${file##*/}
            printf 'name=%s\n' "${name%.pem}"
            own_bytes "${file%.pem}.server" | sed -n 's/^/server=/p'
            own_bytes "$file"
        done
        return 0
    fi
    for folder in "$conf"/live/*/; do
        [ -f "$folder/cert.pem" ] || continue
        name=${folder%/}
        name=${name##*/}
        case $name in *[!A-Za-z0-9._-]*) continue ;; esac
        # the web server's own link leads into the archive beside it; nothing but a certificate leaves the machine
        case $(readlink "$folder/cert.pem") in
        '' | "../../archive/$name/cert"[0-9]*.pem) ;;
        *) continue ;;
        esac
        printf 'name=%s\n' "$name"
        own_bytes "$conf/renewal/$name.conf" | sed -n 's/^server *= */server=/p' | head -n 1
        head_bytes "$folder/cert.pem" | sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p'
    done
    return 0
}
part_jobs() {
    for job in "$dir"/.dify-installer/jobs/*/exit; do
        [ -f "$job" ] && [ ! -L "$job" ] || continue
        name=${job%/exit}
        name=${name##*/}
        case $name in *[!A-Za-z0-9._-]*) continue ;; esac
        printf '%s=%s\n' "$name" "$(own_bytes "$job" 16 | head -n 1)"
    done
    return 0
}
