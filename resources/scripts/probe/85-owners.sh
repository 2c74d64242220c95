# Who could change an installation: owner and mode of its folder, of what is run from it, and of every folder above.
# Also run alone (installer/trusted.py). Nothing is followed but links, one by one, so that each link's owner is listed.
nl='
'

# at KIND PATH: "KIND=MODE UID GID PATH"; false where it is missing. The path is ? where it would be more than one line.
at() {
    if [ "$listed" -ge 200 ]; then
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

# inside FROM NAME…: entries of the installation itself, those that are there
inside() {
    from=$1
    shift
    for entry in "$@"; do
        [ "$over" = no ] || return 0
        if [ -e "$entry" ] || [ -L "$entry" ]; then way at "$from" "${entry##*/}"; fi
    done
}

# owners_of FOLDER: ends with complete=yes or no
owners_of() {
    listed=0 steps=0 over=no owners=
    at up /
    if way up '' "$1"; then
        there=$here
        case $there in *"$nl"*) ;; *) printf 'there=%s\n' "${there:-/}" ;; esac
        if way at "$there" docker; then
            inside "$here" "$here"/docker-compose*.y*ml "$here"/compose*.y*ml "$here"/.env "$here"/envs
        fi
        if way at "$there" .dify-installer; then inside "$here" "$here"/*; fi
    fi
    login_at=${SUDO_UID:-$(id -u)}
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

# may_be_root UID: a user who may be root anyway: of Docker's group, or of one that sudo lets by the usual rules
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
