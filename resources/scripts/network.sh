# Asks from the server what the network lets through, in one request, changing nothing. Everything is asked at
# the same time, each for at most SECONDS.
#   sh -s -- MARK SECONDS ADDRESS ENDPOINT…
# ADDRESS is where people reach this server, for its reverse name; empty: not asked. An ENDPOINT is "id kind url";
# kind: daemon = asked by the Docker Engine, through its proxy; env = through the environment's; direct. The id
# "only" asks nothing but whose machine it is; "image" is the path with which mirrors are asked.
# Answers are lines of fields between tabs, MARK first; order means nothing. More ENDPOINTs come from Docker's own
# settings: its registry mirrors, with the path of the first daemon ENDPOINT of the id "image".
mark=$1 seconds=$2 address=$3
shift 3
tab='	'
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
has() { command -v "$1" >/dev/null 2>&1; }
timeout 1 true 2>/dev/null && limited=yes
limit() { # SECONDS COMMAND…
    if [ "$limited" ]; then timeout "$@"; else shift; "$@"; fi
}
# one write a line: a pipe does not mix those of several processes
say() {
    line=$mark
    for field in "$@"; do line=$line$tab$(printf '%s' "$field" | tr '\t\r\n' '   ' | cut -c1-300); done
    printf '%s\n' "$line"
}
# what is before the last @ of an address: with or without "http://", and as it stands in a tool's message
masked() { printf '%s' "$1" | sed 's#[^/[:space:]"]*@#***@#g'; }

# ---------------------------------------------------------------- what is set up here

if has curl; then tool=curl
elif has python3; then tool=python3
elif has wget && wget --help 2>&1 | grep -q inet4-only; then tool=wget
elif has bash; then tool=bash
else tool=; fi

daemon_proxy='' daemon_without='' mirrors=''
if has docker && [ "${1%% *}" != only ]; then
    set_up=$(limit 5 docker info --format '{{.HTTPSProxy}}|{{.HTTPProxy}}|{{.NoProxy}}|{{range .RegistryConfig.Mirrors}}{{.}} {{end}}' 2>/dev/null)
    case $set_up in
    *\|*\|*\|*)
        daemon_proxy=${set_up%%\|*} rest=${set_up#*\|}
        [ "$daemon_proxy" ] || daemon_proxy=${rest%%\|*}
        rest=${rest#*\|}
        daemon_without=${rest%%\|*} mirrors=${rest#*\|}
        ;;
    esac
fi
# sudo drops them from the environment
[ -r /etc/environment ] && from_file=$(sed -n 's/^ *\(export \)\{0,1\}\(https\{0,1\}_proxy\|HTTPS\{0,1\}_PROXY\|no_proxy\|NO_PROXY\) *= */\2=/p' /etc/environment | tr -d "\"'")
setting() { # NAME…: the first that is set, in the environment or the file
    for key in "$@"; do
        eval "value=\${$key:-}"
        [ "$value" ] || value=$(printf '%s\n' "$from_file" | sed -n "s/^$key=//p" | head -n 1)
        [ "$value" ] && printf '%s' "$value" && return
    done
}
env_proxy=$(setting https_proxy HTTPS_PROXY http_proxy HTTP_PROXY)
env_without=$(setting no_proxy NO_PROXY)
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

excepted() { # NAME LIST: whether a no_proxy list names it
    for entry in $(printf '%s' "$2" | tr ',' ' ' | tr -d '*'); do
        case $1 in "${entry#.}" | *".${entry#.}") return 0 ;; esac
    done
    return 1
}

# ---------------------------------------------------------------- one question each

resolve() { # NAME FAMILY
    if has getent && getent ahostsv4 127.0.0.1 >/dev/null 2>&1; then
        limit "$seconds" getent "ahostsv$2" "$1" | sed -n 's/^\([^ ]*\) *STREAM.*/\1/p' | grep -v '^::ffff:'
    elif has python3; then
        limit "$seconds" python3 -c '
import socket, sys
family = socket.AF_INET6 if sys.argv[2] == "6" else socket.AF_INET
print("\n".join(dict.fromkeys(a[4][0] for a in socket.getaddrinfo(sys.argv[1], 443, family, socket.SOCK_STREAM))))' "$1" "$2"
    elif has nslookup; then
        if [ "$2" = 6 ]; then colons='[0-9a-fA-F]*:[0-9a-fA-F:]*'; else colons='[0-9.]*'; fi
        limit "$seconds" nslookup "$1" | sed '1,/^Name/d' | sed -n "s/^Address[^:]*: *\\($colons\\)\$/\\1/p"
    else
        printf unknown
    fi 2>/dev/null | head -n 4 | tr '\n' ' '
}

quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
ask_curl() { # URL FAMILY; the proxy in $proxy goes to standard input, as it may hold a password
    {
        printf 'url = "%s"\n' "$(quoted "$1")"
        [ "$proxy" ] && printf 'proxy = "%s"\n' "$(quoted "$proxy")"
    } | curl -q -K - ${2:+"-$2"} --globoff --proto =https,http --silent --show-error --head --max-time "$seconds" --dump-header - --output /dev/null \
        --write-out 'status=%{http_code}\nseconds=%{time_total}\n' 2>&1 | tr -d '\r' | sed -n '
            s/^status=/status=/p; s/^seconds=/seconds=/p; s/^curl: \(.*\)/error=\1/p; s/^[Dd]ate: */date=/p'
}

ask_python() {
    printf '%s\n' "$proxy" | limit $((seconds + 2)) python3 -c '
import http.client, socket, ssl, sys, time, urllib.parse
url, family, seconds = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], float(sys.argv[3])
proxy = urllib.parse.urlsplit(sys.stdin.readline().strip())
began = time.time()
kind = {"4": socket.AF_INET, "6": socket.AF_INET6}.get(family, 0)
secure = url.scheme == "https"
def connect(where, timeout=seconds, source=None):
    error = OSError("no address")
    for entry in socket.getaddrinfo(where[0], where[1], kind, socket.SOCK_STREAM):
        stream = socket.socket(*entry[:3])
        stream.settimeout(seconds)
        try:
            stream.connect(entry[4])
            return stream
        except OSError as exc:
            error = exc
    raise error
try:
    port = url.port or (443 if secure else 80)
    maker = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    target = url.path or "/"
    if proxy.hostname:
        link = maker(proxy.hostname, proxy.port or 8080, timeout=seconds)
        if secure:
            link.set_tunnel(url.hostname, port)
        else:
            target = url.geturl()
    else:
        link = maker(url.hostname, port, timeout=seconds)
    link._create_connection = connect
    link.request("HEAD", target)
    answer = link.getresponse()
    print("status=%d" % answer.status)
    print("date=%s" % (answer.getheader("Date") or ""))
except socket.gaierror as exc:
    print("error=could not resolve: %s" % exc)
except Exception as exc:
    print("error=%s: %s" % (type(exc).__name__, exc))
print("seconds=%.2f" % (time.time() - began))' "$1" "$2" "$seconds" 2>&1
}

ask_wget() {
    if [ "$proxy" ]; then
        export https_proxy="$proxy" http_proxy="$proxy"
    fi
    limit $((seconds + 2)) wget ${2:+"-$2"} -S --spider --tries=1 --timeout="$seconds" --max-redirect=0 "$1" 2>&1 | tr -d '\r' | sed -n '
        s/^ *HTTP\/[0-9.]* \([0-9]*\).*/status=\1/p; s/^ *[Dd]ate: */date=/p; s/^\(wget: .*\)/error=\1/p
        s/^\(.*[Ff]ailed: .*\)/error=\1/p; s/^\(.*[Uu]nable to .*\)/error=\1/p'
}

ask_bash() { # only whether somebody answers the connection
    place=${1#*://} place=${place%%/*} port=443
    case $1 in http://*) port=80 ;; esac
    case $place in *:*) port=${place##*:} place=${place%:*} ;; esac
    [ "$proxy" ] && echo 'error=not asked: no tool for a proxy' && return
    to=$(resolve "$place" "$2") to=${to%% *}
    [ "$to" ] || { echo 'error=could not resolve'; return; }
    [ "$limited" ] || { echo 'error=not asked: no time limit'; return; }
    if message=$(limit "$seconds" bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$to" "$port" 2>&1); then
        echo connected=yes
    else
        printf 'error=%s\n' "${message:-timed out}"
    fi
}

way() { # ID FAMILY URL, the proxy in $proxy
    url=$3
    case $tool in
    curl) found=$(ask_curl "$url" "$2") ;;
    python3) found=$(ask_python "$url" "$2") ;;
    wget) found=$(ask_wget "$url" "$2") ;;
    bash) found=$(ask_bash "$url" "$2") ;;
    *) found='error=not asked: no tool' ;;
    esac
    # nothing at all: it was ended for taking too long
    [ "$found" ] || found='error=timed out'
    value() { printf '%s\n' "$found" | sed -n "s/^$1=//p" | tail -n 1; }
    error=$(value error)
    [ "$proxy" ] && [ "$error" ] && error=$(masked "$error")
    say way "$1" "${2:-p}" "$(value status)" "$(value connected)" "$(value seconds)" "$(value date)" "$error" "$(date +%s)"
}

endpoint() { # ID KIND URL
    name=${3#*://} name=${name%%/*} name=${name%:*} proxy=''
    case $2 in
    daemon) excepted "$name" "$daemon_without" || proxy=$daemon_proxy ;;
    env) excepted "$name" "$env_without" || proxy=$env_proxy ;;
    esac
    say endpoint "$1" "$3" "$(masked "$proxy")"
    for family in 4 6; do say name "$1" "$family" "$(resolve "$name" "$family")" & done
    if [ "$proxy" ]; then
        way "$1" '' "$3" &
    else
        for family in 4 6; do way "$1" "$family" "$3" & done
    fi
    wait
}

# ---------------------------------------------------------------- this server

dmi() { cat "/sys/class/dmi/id/$1" 2>/dev/null; }

about() {
    say tool "$tool"
    # the resolvers behind systemd-resolved's own address
    for list in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do
        [ -r "$list" ] && say resolvers "$list" "$(sed -n 's/^nameserver *//p' "$list" | tr '\n' ' ')"
    done
    # a global address, and a default route that is not the one to nowhere
    grep -v -c -e '^fe80' -e ' lo$' -e '^f[cd]' /proc/net/if_inet6 >/dev/null 2>&1 && say ipv6 address
    grep '^00000000000000000000000000000000 00 ' /proc/net/ipv6_route 2>/dev/null | grep -q -v ' lo$' && say ipv6 route
    for key in sys_vendor product_name chassis_vendor chassis_asset_tag bios_vendor; do say dmi "$key" "$(dmi "$key")"; done
    say cloud "$(cat /run/cloud-init/cloud-id 2>/dev/null)"
    say domain "$(sed -n 's/^\(search\|domain\) *//p' /etc/resolv.conf 2>/dev/null | tr '\n' ' ') $(hostname -f 2>/dev/null)"
    if [ "$address" ] && has getent; then
        ip=$(limit "$seconds" getent hosts "$address" | sed 's/ .*//' | head -n 1)
        say reverse "$ip" "$(limit "$seconds" getent hosts "${ip:-$address}" | sed 's/^[^ ]* *//')"
    fi
}

{
    about &
    say mirrors "$mirrors"
    image=''
    for entry in "$@"; do
        id=${entry%% *} rest=${entry#* }
        kind=${rest%% *} url=${rest#* }
        case $id in
        image) image=$url ;;
        only) ;;
        *) endpoint "$id" "$kind" "$url" & ;;
        esac
    done
    number=0
    for mirror in $mirrors; do
        number=$((number + 1))
        endpoint "mirror$number" daemon "${mirror%/}${image:-/v2/}" &
    done
    wait
    say end
} 2>/dev/null | cat
