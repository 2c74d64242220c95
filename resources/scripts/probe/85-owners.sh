# Who could change an installation: owner and mode of its folder, of what is run from it, and of every folder above.
# Also run alone (installer/apply/trusted.py). Nothing is followed but links, one by one, so that each link's owner is listed.
data_folders=@DATA@
run_folders=@RUN@
nl='
'
# within COMMAND…: for five seconds at most, where timeout is there
if command -v timeout >/dev/null 2>&1 && timeout 1 true 2>/dev/null; then
    within() { timeout 5 "$@"; }
else
    within() { "$@"; }
fi

# at KIND PATH: "KIND=MODE UID GID PATH"; false where it is missing. The path is ? where it would be more than one line.
at() {
    if [ "$listed" -ge "$most" ]; then
        over=yes
        return 1
    fi
    what=$1 name_at=$2
    if ! seen=$(LC_ALL=C ls -ldn -- "$2" 2>&1); then
        # only what is missing is known to be nothing
        case $seen in *": No such file or directory" | *": Not a directory") ;; *) over=yes ;; esac
        return 1
    fi
    listed=$((listed + 1))
    case $name_at in *"$nl"*) name_at='?' ;; esac
    set -f
    # mode, links, owner, group: the name comes last
    set -- $seen
    set +f
    printf '%s=%s %s %s %s\n' "$what" "$1" "$3" "$4" "$name_at"
    case " $owners " in *" $3 "*) ;; *) owners="$owners $3" ;; esac
}

# way KIND FROM REST: each entry of the path REST below FROM (physical, empty for /); $here is where it ends
way() {
    kind=$1 here=$2 rest=$3
    while [ -n "$rest" ]; do
        steps=$((steps + 1))
        if [ "$steps" -gt 4000 ]; then
            over=yes
            return 1
        fi
        part=${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
        case $part in
        '' | .) continue ;;
        ..)
            here=${here%/*}
            continue
            ;;
        esac
        # a folder on the way of a link is no part of the installation
        if [ -n "$rest" ]; then at up "$here/$part"; else at "$kind" "$here/$part"; fi || return 1
        if [ -L "$here/$part" ]; then
            target=$(readlink "$here/$part" && echo x) || return 1
            target=${target%?x}
            case $target in /*) here= ;; esac
            rest=$target${rest:+/$rest}
        else
            here=$here/$part
        fi
    done
}

# each FOLDER EXPRESSION…: what find's expression prints below FOLDER (physical), as the installation's own
each() {
    from=$1
    shift
    case $from in *"$nl"*) over=yes ;; esac
    [ "$(date +%s)" -lt "$until" ] || over=yes
    [ "$over" = no ] || return 0
    # a name with line feeds, which would be several paths, is a line without a path
    found=$({
        within find "$from/." -name "*$nl*" -prune -exec echo . \; -o ! -name . "$@" 2>/dev/null
        echo "end=$?"
    } | head -n 1001)
    case "$nl$found" in *"${nl}end="*) ;; *) over=yes ;; esac # too many, none of which is listed
    [ "$over" = no ] || return 0
    ended=no old_ifs=$IFS IFS=$nl
    set -f
    # shellcheck disable=SC2086
    set -- $found
    set +f
    IFS=$old_ifs
    for entry in "$@"; do
        [ "$over" = no ] || return 0
        case $entry in
        end=0) ended=yes ;;
        # root may read every folder; without root, what is in a closed one is not known to others either
        end=124 | end=137 | end=143) ;;
        end=*) [ "$(id -u)" = 0 ] || ended=yes ;;
        /*)
            entry=${entry#"$from/./"}
            case $entry in
            */*) way at "$from/${entry%/*}" "${entry##*/}" ;;
            *) way at "$from" "$entry" ;;
            esac
            ;;
        *) over=yes ;;
        esac
    done
    [ "$ended" = yes ] || over=yes
}

# mounted DOCKER: what its Compose file mounts from below it, one path a line
mounted() {
    for compose in "$1"/docker-compose.yaml "$1"/docker-compose.yml; do
        [ -f "$compose" ] || continue
        within head -c 262144 "$compose" 2>/dev/null |
            sed -n 's#^ *- *["'\'']\{0,1\}\(\${[A-Z_]*:-\)\{0,1\}\.}\{0,1\}/\([A-Za-z0-9_./-]*\)}\{0,1\}:/.*#\2#p'
    done | sed -e 's#/*$##' -e '/\/\//d' -e '/\.\./d' -e '/^$/d' | sort -u | head -n 300
}

# mounts DOCKER (physical): what containers are given of it. A container may write what is mounted into it, so of
# $data_folders only what is above that. Of everything else what another user owns or may write, and links.
mounts() {
    base=$1 sources=$(mounted "$1") tops=$run_folders aboves=$data_folders
    for source in $sources; do
        case " $data_folders " in
        *" ${source%%/*} "*)
            part=
            while [ "$source" != "${source#*/}" ]; do
                part=${part:+$part/}${source%%/*} source=${source#*/}
                case "$nl$sources$nl" in *"$nl$part$nl"*) break ;; esac
                case " $aboves " in *" $part "*) ;; *) aboves="$aboves $part" ;; esac
            done
            ;;
        *) case " $tops " in *" ${source%%/*} "*) ;; *) tops="$tops ${source%%/*}" ;; esac ;;
        esac
    done
    for part in $aboves; do
        case $part in */*) parent=$base/${part%/*} ;; *) parent=$base ;; esac
        parent=$(cd -P -- "$parent" 2>/dev/null && pwd -P && echo x) || continue
        way at "${parent%?x}" "${part##*/}"
    done
    for top in $tops; do
        if way at "$base" "$top" && [ -d "$here" ]; then
            each "$here" \( -type l -o -perm -020 -o -perm -002 \
                -o ! -user 0 ! -user "$(id -u)" ! -user "$login_at" \) -print
        fi
    done
}

# owners_of FOLDER [SECONDS]: ends with complete=yes or no; no search begins after SECONDS
owners_of() {
    until=$(($(date +%s) + ${2:-10}))
    listed=0 steps=0 over=no owners= most=200 login_at=${SUDO_UID:-$(id -u)}
    at up /
    if way up '' "$1"; then
        there=$here
        case $there in *"$nl"*) ;; *) printf 'there=%s\n' "${there:-/}" ;; esac
        if way at "$there" docker; then
            docker_at=$here
            each "$docker_at" -prune \( -name 'docker-compose*.y*ml' -o -name 'compose*.y*ml' -o -name .env \) -print
            most=$((listed + 1000))
            mounts "$docker_at"
            most=$((listed + 200))
        fi
        if way at "$there" .dify-installer; then each "$here" -prune ! -name '.*' -print; fi
    fi
    printf 'trusted=0 %s %s\n' "$(id -u)" "$login_at"
    whose=$(getent passwd "$login_at" 2>/dev/null || grep "^[^:]*:[^:]*:$login_at:" /etc/passwd 2>/dev/null | head -n 1)
    group=$(printf '%s' "$whose" | cut -d: -f4)
    alone "${whose%%:*}" "$group" && printf 'private=%s\n' "$group"
    for uid in $owners; do
        [ "$uid" = 0 ] && continue
        printf 'name=%s %s\n' "$uid" "$(user_of "$uid")"
        may_be_root "$uid" || continue
        printf 'trusted=%s\n' "$uid"
        group=$(getent passwd "$uid" 2>/dev/null | head -n 1 | cut -d: -f4)
        alone "$(user_of "$uid")" "$group" && printf 'private=%s\n' "$group"
    done
    if [ "$over" = yes ]; then echo complete=no; else echo complete=yes; fi
}

user_of() { getent passwd "$1" 2>/dev/null | head -n 1 | cut -d: -f1 | cut -c1-64; }

# may_be_root UID: whether the user can become root: a member of Docker's group, or of a group of sudo's default rules
may_be_root() {
    user_name=$(user_of "$1")
    for of_group in $([ -z "$user_name" ] || id -Gn -- "$user_name" 2>/dev/null); do
        case $of_group in docker | sudo | wheel | admin) return 0 ;; esac
    done
    return 1
}

# of_another LINK: whether the link belongs to a user who is none of root, the process's, the login's or of may_be_root
of_another() {
    # shellcheck disable=SC2046
    owned_by=$(set -f; set -- $(LC_ALL=C ls -ldn -- "$1" 2>/dev/null); printf %s "${3:-}")
    case $owned_by in 0 | "$(id -u)" | "${SUDO_UID:-0}") return 1 ;; esac
    [ -z "$owned_by" ] || ! may_be_root "$owned_by"
}

# alone USER GID: whether it is the user's own group, and no other's (Debian's and Red Hat's user private groups)
alone() {
    [ -n "$1" ] && [ -n "$2" ] || return 1
    members=$(getent group "$2" 2>/dev/null || grep "^[^:]*:[^:]*:$2:" /etc/group 2>/dev/null | head -n 1)
    case $members in
    "$1:"*":$2:" | "$1:"*":$2:$1") ;;
    *) return 1 ;;
    esac
    [ "$({ getent passwd 2>/dev/null || cat /etc/passwd; } | grep -c "^[^:]*:[^:]*:[^:]*:$2:")" = 1 ]
}

part_owners() { owners_of "$dir"; }
