# Begins scripts that work as root below a folder in which containers may write: a symbolic link that a container made
# there must lead nowhere. $base is that folder, as "pwd -P" names it.
unset CDPATH
nl='
'
here=/
# inside PATH [make]: changes to the folder that holds PATH (from $base), and sets $last to its last name. Fails with
# $missing=yes where a folder on the way is not there (make: it is made), and where one is a symbolic link, but for the
# first: no container can write beside that. A link may come at any moment, so what counts is where this shell is
# afterwards; that folder stays the same one, whatever its name leads to later.
inside() {
    missing='' way='' last=${1##*/}
    case /$1/ in *//* | */./* | */../* | *"$nl"*) return 1 ;; esac
    case $1 in */*) way=${1%/*} ;; esac
    [ "$way" != "$here" ] || return 0
    here=/ rest=$way first=yes
    cd -P -- "$base" || return 1
    while [ -n "$rest" ]; do
        name=${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
        if [ -n "${2-}" ]; then (umask 022 && mkdir -- "./$name") 2>/dev/null; fi
        at=$(pwd -P)
        if ! cd -P -- "./$name" 2>/dev/null; then
            [ -e "./$name" ] || [ -L "./$name" ] || missing=yes
            return 1
        fi
        [ -n "$first" ] || [ "$(pwd -P)" = "$at/$name" ] || return 1
        first=''
    done
    here=$way
}
# limit COMMAND…: for two seconds at most, where timeout is there: a file may be exchanged for a FIFO at any moment
limit() { if command -v timeout >/dev/null 2>&1; then timeout 2 "$@"; else "$@"; fi; }
refused() { echo "$1: a symbolic link or a file is in the way" >&2; return 1; }

# put DRAFT PATH: moves DRAFT, from a folder of ours, to PATH (from $base). A link with that name goes.
put() {
    inside "$2" make || refused "$2" || return 1
    if [ -L "./$last" ]; then rm -f -- "./$last" || return 1; fi
    if [ -d "./$last" ]; then echo "$2: Is a directory" >&2; return 1; fi
    [ -n "${exactly-}" ] || exactly=$(mv --help 2>&1 | sed -n 's/.*-T[^A-Za-z-].*/-fT/p' | head -n 1)
    mv "${exactly:=-f}" -- "$1" "./$last"
}

# drop PATH: removes the file PATH (from $base), or a link with that name; what is behind a link on the way stays
drop() {
    if inside "$1"; then rm -f -- "./$last"; elif [ -z "$missing" ]; then refused "$1" || :; fi
}
