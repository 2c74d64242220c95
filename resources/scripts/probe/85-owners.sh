# Who could change an installation: owner and mode of its folder, of what is run from it, and of every folder above.
# Also run alone (installer/apply/trusted.py). Nothing is followed but links, one by one, so that each link's owner is listed.
data_folders=@DATA@
run_folders=@RUN@
nl='
'
# within COMMAND…: for five seconds at most, where timeout is there
if command -v timeout >/dev/null 2>&1 && timeout 1 true 2>/dev/null; then
    within() { timeout 5 "$@"; }
    known() {
        for_names=$((names_until - $(date +%s)))
        [ "$for_names" -gt 0 ] && timeout "$for_names" "$@" 2>/dev/null
    }
else
    within() { "$@"; }
    known() { "$@" 2>/dev/null; }
fi
# known COMMAND…: what says who a user is, until $names_until for all together: a directory service may not answer. An
# answer that does not come is none, and makes nobody trusted.
names_for() { names_until=$(($(date +%s) + $1)); }

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

# way KIND FROM REST: each entry of the path REST below FROM (physical, empty for /); $here is where it ends.
# KIND above: the last one is a container's data, listed only where it is a link
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
        if [ -n "$rest" ] || { [ "$kind" = above ] && [ -L "$here/$part" ]; }; then at up "$here/$part" || return 1
        elif [ "$kind" = above ]; then return 0
        else at "$kind" "$here/$part" || return 1; fi
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

# setting NAME DOCKER: its value in .env, empty where there is none
setting() {
    within head -c 1048576 "$2/.env" 2>/dev/null | sed -n "s/^ *\(export  *\)\{0,1\}$1 *= *//p" | tail -n 1 |
        sed -e 's/[[:space:]]*$//' -e "s/^\([\"']\)\(.*\)\1\$/\2/" -e 's/  *#.*$//'
}

# sources KIND DOCKER FILE…: what these Compose files mount of this machine, a line each: "own PATH" for what the release
# mounts, "more PATH" where .env or another file says it; PATH from DOCKER, or from /
sources() {
    kind_of=$1 docker_in=$2
    shift 2
    quote="[\"']\{0,1\}" variable="\(\\\${[A-Za-z0-9_]*:\{0,1\}-\{0,1\}[^}:\"'\$]*}\)\{0,1\}"
    for compose in "$@"; do
        [ -f "$compose" ] || continue
        within head -c 262144 "$compose" 2>/dev/null
        echo
    done | tr '[,' "$nl$nl" | sed -n -e "s|^ *-\{0,1\} *$quote$variable\([^:\"'\$]*\):/.*|\1\2|p" \
        -e "s|^\([^#]*[ {]\)\{0,1\}source: *$quote$variable\([^:}\"'\$]*\).*|\2\3|p" |
        sed -e 's/  *#.*$//' -e 's/ *$//' | grep '^[./~$]' | sort -u | head -n 300 |
        while IFS= read -r source; do
            by=$kind_of
            case $source in
            \${*)
                name=${source#??} rest=${source#*\}} otherwise=
                name=${name%%\}*}
                case $name in *-*) otherwise=${name#*-} ;; esac
                value=$(setting "${name%%[!A-Za-z0-9_]*}" "$docker_in")
                [ -z "$value" ] || by=more
                source=${value:-$otherwise}$rest
                ;;
            esac
            case $source in \~/*) source=$HOME/${source#??} ;; esac
            case $source in /* | ./* | ../*) ;; *) continue ;; esac
            case $source in /*) ;; *) source=$docker_in/${source#./} ;; esac
            case $source in *//* | */./* | */ | */.)
                source=$(printf '%s\n' "$source" | sed -e 's|//*|/|g' -e :a -e 's|/\./|/|' -e ta -e 's|/\.\{0,1\}$||')
                ;;
            esac
            case $source in "$docker_in"/*) source=${source#"$docker_in"/} ;; esac
            case $source in
            '' | "$docker_in") continue ;;
            /*) ;;
            ../* | */../* | */..) source=$docker_in/$source ;;
            esac
            printf '%s %s\n' "$by" "$source"
        done
}

# compose_files DOCKER: those that COMPOSE_FILE names, one a line
compose_files() {
    between=$(setting COMPOSE_PATH_SEPARATOR "$1")
    setting COMPOSE_FILE "$1" | tr "${between:-:}" "$nl" | head -n 30 | while IFS= read -r file; do
        case $file in '') ;; /*) printf '%s\n' "$file" ;; *) printf '%s\n' "$1/$file" ;; esac
    done
}

# for_each COMMAND LINES: COMMAND with each of LINES
for_each() {
    command_of=$1 old_ifs=$IFS IFS=$nl
    set -f
    # shellcheck disable=SC2086
    set -- $2
    set +f
    IFS=$old_ifs
    for line in "$@"; do "$command_of" "$line"; done
}

add_compose() { case $1 in "$base"/*) way at "$base" "${1#"$base"/}" ;; *) way at '' "$1" ;; esac; }
more_sources() { sources more "$base" "$1"; }

# add_mount "KIND PATH": to $tops (looked through), or to $leaves and $aboves (only what is above a mount)
add_mount() {
    by=${1%% *} source=${1#* }
    top=${source%%/*}
    case $source in /*)
        way above '' "$source"
        return
        ;;
    esac
    case $by/" $run_folders $data_folders " in
    own/*" $top "* | more/*) ;;
    *)
        tops=$tops$nl$top
        return
        ;;
    esac
    part= rest=$source
    while [ "$rest" != "${rest#*/}" ]; do
        part=${part:+$part/}${rest%%/*} rest=${rest#*/}
        # what is mounted itself is its container's
        case "$nl$paths$nl" in *"$nl$part$nl"*) return ;; esac
        aboves=$aboves$nl$part
    done
    leaves=$leaves$nl$1
}

# parent_of PATH: $parent, the folder that holds it, without links
parent_of() {
    parent=$(cd -P -- "${1%/*}" 2>/dev/null && pwd -P && echo x) || return 1
    parent=${parent%?x}
    [ "$parent" != / ] || parent=
}

add_above() { if parent_of "$base/$1"; then way at "$parent" "${1##*/}"; fi; }

add_leaf() {
    by=${1%% *} source=${1#* }
    parent_of "$base/$source" || return 0
    if [ -L "$parent/${source##*/}" ]; then way above "$parent" "${source##*/}"
    elif [ "$by" = more ] && [ -f "$parent/${source##*/}" ]; then way at "$parent" "${source##*/}"; fi
}

add_top() {
    if way at "$base" "$1" && [ -d "$here" ]; then
        each "$here" \( -type l -o -perm -020 -o -perm -002 \
            -o ! -user 0 ! -user "$(id -u)" ! -user "$login_at" \) -print
    fi
}

# mounts DOCKER (physical): what containers are given of this machine. A container may write what is mounted into it, so
# of $data_folders, of what only a person's own files mount, and of what is elsewhere, that alone is listed which is
# above it. Of everything else what another user owns or may write, and links.
mounts() {
    base=$1 leaves=
    # shellcheck disable=SC2086
    tops=$(printf '%s\n' $run_folders) aboves=$(printf '%s\n' $data_folders) files=$(compose_files "$1")
    for_each add_compose "$files"
    found=$({
        sources own "$1" "$1"/docker-compose.yaml "$1"/docker-compose.yml
        for compose in "$1"/docker-compose*.y*ml "$1"/compose*.y*ml; do
            case ${compose##*/} in docker-compose.yaml | docker-compose.yml) ;; *) more_sources "$compose" ;; esac
        done
        for_each more_sources "$files"
    } | sort -u | head -n 600)
    paths=$(printf '%s\n' "$found" | cut -d ' ' -f 2-)
    for_each add_mount "$found"
    for_each add_above "$(printf '%s\n' "$aboves" | sort -u)"
    for_each add_leaf "$leaves"
    for_each add_top "$(printf '%s\n' "$tops" | sort -u)"
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
    names_for 4
    printf 'trusted=0 %s %s\n' "$(id -u)" "$login_at"
    whose=$(entries passwd "$login_at" | head -n 1)
    group=$(printf '%s' "$whose" | cut -d: -f4)
    alone "${whose%%:*}" "$group" && printf 'private=%s\n' "$group"
    for uid in $owners; do
        [ "$uid" = 0 ] && continue
        printf 'name=%s %s\n' "$uid" "$(user_of "$uid")"
        may_be_root "$uid" || continue
        printf 'trusted=%s\n' "$uid"
        group=$(known getent passwd "$uid" | head -n 1 | cut -d: -f4)
        alone "$(user_of "$uid")" "$group" && printf 'private=%s\n' "$group"
    done
    if [ "$over" = yes ]; then echo complete=no; else echo complete=yes; fi
}

# entries FILE [ID]: what getent says of passwd or group, else the file in /etc; false where no answer came in time
entries() {
    known getent "$@"
    case $? in
    0) ;;
    2 | 127) grep "^[^:]*:[^:]*:${2:+$2:}" "/etc/$1" 2>/dev/null ;;
    *) return 1 ;;
    esac
}

user_of() { known getent passwd "$1" | head -n 1 | cut -d: -f1 | cut -c1-64; }

# may_be_root UID: whether the user can become root: a member of Docker's group, or of a group of sudo's default rules
may_be_root() {
    user_name=$(user_of "$1")
    for of_group in $([ -z "$user_name" ] || known id -Gn -- "$user_name"); do
        case $of_group in docker | sudo | wheel | admin) return 0 ;; esac
    done
    return 1
}

# of_another LINK: whether the link belongs to a user who is none of root, the process's, the login's or of may_be_root
of_another() {
    [ -n "${names_until-}" ] || names_for 4
    # shellcheck disable=SC2046
    owned_by=$(set -f; set -- $(LC_ALL=C ls -ldn -- "$1" 2>/dev/null); printf %s "${3:-}")
    case $owned_by in 0 | "$(id -u)" | "${SUDO_UID:-0}") return 1 ;; esac
    [ -z "$owned_by" ] || ! may_be_root "$owned_by"
}

# alone USER GID: whether it is the user's own group, and no other's (Debian's and Red Hat's user private groups)
alone() {
    [ -n "$1" ] && [ -n "$2" ] || return 1
    members=$(entries group "$2") || return 1
    case $members in
    "$1:"*":$2:" | "$1:"*":$2:$1") ;;
    *) return 1 ;;
    esac
    everyone=$(entries passwd) || return 1
    [ "$(printf '%s\n' "$everyone" | grep -c "^[^:]*:[^:]*:[^:]*:$2:")" = 1 ]
}

part_owners() { owners_of "$dir"; }
