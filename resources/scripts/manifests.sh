# Fetches manifests of images from registries as the Docker Engine here would, anonymously, changing nothing.
#   sh -s -- [--head] MARK SECONDS TYPE… -- PLACES…
# PLACES: the addresses of one manifest, tried in their order. TYPE: what is accepted. All together takes at most
# SECONDS. The answer is "MARK number", a line, and the body, for each that came; at the end "MARK end".
# --head: HEAD is asked, which registries do not count, and the answer is the head of whatever came.
head=''
if [ "$1" = --head ]; then head=1 && shift; fi
mark=$1 seconds=$2 types=''
shift 2
while [ "$1" != -- ]; do types=$types${types:+, }$1 && shift; done
shift
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
at_once=4
has() { command -v "$1" >/dev/null 2>&1; }
if has curl; then tool=curl
elif has wget && wget --help 2>&1 | grep -q inet4-only; then tool=wget # others take no headers from a file
else exit 0; fi
umask 077
work=$(mktemp -d) || exit 0
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
begun=$(date +%s)
left() { echo $((seconds - $(date +%s) + begun)); }

# an Engine that answers pulls through its own proxy only; without one the environment's is a guess
proxy='' without=''
if has docker && has timeout; then
    set_up=$(timeout 3 docker info --format '{{.HTTPSProxy}}|{{.HTTPProxy}}|{{.NoProxy}}|{{.ServerVersion}}' 2>/dev/null)
    case $set_up in
    *\|*\|*\|?*)
        unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
        proxy=${set_up%%\|*} rest=${set_up#*\|}
        [ "$proxy" ] || proxy=${rest%%\|*}
        rest=${rest#*\|} without=${rest%%\|*}
        ;;
    esac
fi
proxy_for() { # HOST
    for entry in $(printf '%s' "$without" | tr ',' ' ' | tr -d '*'); do
        case $1 in "${entry#.}" | *".${entry#.}") return ;; esac
    done
    printf '%s' "$proxy"
}

# What may hold a password goes into a file or to standard input, never among the arguments. What a registry says is
# one address: curl would ask for every one of a pattern, each with a time of its own. No file grows above 1 MiB.
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
limit() { if has timeout; then timeout "$@"; else shift; "$@"; fi; }
get() { # URL TOKEN: the status; headers in $out.head, the body in $out
    place=${1#*://} through=$(proxy_for "${place%%[:/]*}") time=$(left)
    [ "$time" -ge 1 ] || { echo late; return; }
    if [ "$tool" = curl ]; then
        {
            printf 'url = "%s"\nheader = "Accept: %s"\n' "$(quoted "$1")" "$types"
            [ "$2" ] && printf 'header = "Authorization: Bearer %s"\n' "$2"
            [ "$through" ] && printf 'proxy = "%s"\n' "$(quoted "$through")"
        } | curl -q -K - --globoff --proto =https,http --silent --connect-timeout 4 --max-time "$time" --max-filesize 1000000 \
            ${head:+--head} --dump-header "$out.head" --output "$out" --write-out '%{http_code}'
        return
    fi
    {
        printf 'header = Accept: %s\n' "$types"
        [ "$2" ] && printf 'header = Authorization: Bearer %s\n' "$2"
        [ "$through" ] && printf 'use_proxy = on\nhttps_proxy = %s\nhttp_proxy = %s\n' "$through" "$through"
    } >"$out.rc"
    answers=$time
    [ "$answers" -gt 4 ] && answers=4
    limit "$time" env "WGETRC=$out.rc" wget ${head:+--method=HEAD} -nv -S --tries=1 --timeout="$answers" --max-redirect=0 \
        -O "$out" "$1" 2>"$out.head"
    answer=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9][0-9]*\).*/\1/p' "$out.head" | tail -n 1)
    printf '%s' "${answer:-000}"
}

token() { # the one that the answer in $out.head asks to be fetched; in a shell of its own
    head=''
    challenge=$(tr -d '\r' <"$out.head" | sed -n 's/^ *[Ww][Ww][Ww]-[Aa]uthenticate: *[Bb]earer *//p' | head -n 1)
    word() { printf '%s' ",$challenge" | sed -n "s/.*[, ]$1=\"\\([^\"]*\\)\".*/\\1/p" | sed 's/ /%20/g'; }
    case $(word realm) in https://*) ;; *) return ;; esac
    [ "$(get "$(word realm)?service=$(word service)&scope=$(word scope)" '')" = 200 ] || return
    # RFC 6750, b64token; anything else would be more than one header
    sed -n 's/.*"token" *: *"\([A-Za-z0-9._~+/=:-]*\)".*/\1/p; t
        s/.*"access_token" *: *"\([A-Za-z0-9._~+/=:-]*\)".*/\1/p' "$out" | head -n 1
}

ask() { # NUMBER PLACES
    out=$work/$1
    for url in $2; do
        place=${url#*://} place=${place%%/*}
        # nobody answers there, or it wants no more questions
        [ -e "$work/not.$place" ] && continue
        status=$(get "$url" '')
        if [ "$status" = 401 ] && secret=$(token) && [ "$secret" ]; then status=$(get "$url" "$secret"); fi
        if [ "$head" ] && [ "$status" != 000 ]; then mv "$out.head" "$out.found" 2>/dev/null; return; fi
        case $status in
        200) mv "$out" "$out.found" && return ;;
        late) return ;;
        000 | 429) : >"$work/not.$place" ;;
        esac
    done
}

worker() { # WHICH PLACES…: every fourth
    which=$1 number=0
    ulimit -f 2048 # of 512 bytes
    shift
    for places in "$@"; do
        number=$((number + 1))
        [ $((number % at_once)) -eq "$which" ] && ask "$number" "$places"
    done
}

which=0
while [ "$which" -lt "$at_once" ]; do
    worker "$which" "$@" </dev/null >/dev/null 2>&1 &
    which=$((which + 1))
done
wait
number=0
for places in "$@"; do
    number=$((number + 1))
    [ -e "$work/$number.found" ] && printf '%s %s\n' "$mark" "$number" && head -c 1000000 "$work/$number.found"
done
printf '%s end\n' "$mark"
