# Gathers what the plan and the checks need to know about a machine, in one request, changing nothing.
#   sh -s -- MARK DIRECTORY PROJECT        (the files of this folder, joined in the order of their names)
# Every answer is a section: a line "MARK name", then raw text. POSIX sh with busybox's tools at least; each
# tool, each file and each right may be missing, then a line or a section is missing.
mark=$1 dir=$2 project=$3
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
me=$(id -u)
section() { printf '\n%s %s\n' "$mark" "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
# user:password@ in an address never leaves the machine; a proxy's address may have no http:// in front
masked() { sed 's#://[^/[:space:]"]*@#://***@#g; s#\([Pp][Rr][Oo][Xx][Yy]="\{0,1\}\)[^/[:space:]"]*@#\1***@#g'; }
head_of() { { IFS= read -r first <"$1"; } 2>/dev/null && printf '%s\n' "$first"; }
yes_no() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
nearest() {
    near=$1
    while [ ! -d "$near" ] && [ "$near" != / ] && [ -n "$near" ] && [ "$near" != . ]; do near=$(dirname "$near"); done
    printf '%s\n' "$near"
}

# after SECONDS COMMAND…: in a shell of its own, which leaves no sleep behind when it is ended before
after() {
    sleep "$1" &
    trap "kill $! 2>/dev/null; exit" TERM
    shift
    wait
    "$@"
}

# limit SECONDS COMMAND…: nothing here may hold up the whole
if has timeout && timeout -k 1 1 true 2>/dev/null; then
    limit() { timeout -k 1 "$@" </dev/null; }
elif has timeout && timeout 1 true 2>/dev/null; then
    limit() { timeout "$@" </dev/null; }
else
    limit() {
        seconds=$1
        shift
        "$@" </dev/null &
        limited=$!
        (after "$seconds" kill "$limited") >/dev/null 2>&1 &
        watcher=$!
        wait "$limited"
        status=$?
        kill "$watcher" 2>/dev/null
        return "$status"
    }
fi

# head_bytes FILE [BYTES]: the beginning of a file that somebody else may have put there; a FIFO or a device is none
head_bytes() { [ -f "$1" ] && limit 2 head -c "${2:-65536}" "$1" 2>/dev/null; }
# own_bytes FILE: the same of a file of ours where containers write: not what a link of theirs leads to
own_bytes() { [ ! -L "$1" ] && head_bytes "$1"; }
# whole_bytes FILE: all of a file of ours, which may be an administrator's link but no other user's. Half a file would be
# taken for the whole, so one that is too long, or that takes too long, ends the answer here.
whole_bytes() {
    [ -f "$1" ] || return 0
    [ ! -L "$1" ] || ! of_another "$1" || return 0
    size=$(limit 2 head -c 1048577 "$1" 2>/dev/null | wc -c)
    if [ "$size" -le 1048576 ]; then
        limit 2 head -c 1048576 "$1" 2>/dev/null
        case $? in 124 | 137 | 143) ;; *) return 0 ;; esac
    fi
    printf 'too long: %s\n' "$1" >&2
    exit 1
}
nl='
'

# What is slow runs beside everything else, each into a file of its own; in memory where there is such a place,
# because the disk may be full. Without any place they run one after the other.
umask 077
work=
for place in /dev/shm "${XDG_RUNTIME_DIR:-}" /run "${TMPDIR:-/tmp}"; do
    [ -n "$place" ] && [ -w "$place" ] || continue
    work=$(mktemp -d "$place/dify-probe.XXXXXX" 2>/dev/null) || continue
    echo test 2>/dev/null >"$work/test" && [ -s "$work/test" ] && break
    rm -rf "$work"
    work=
done
# A part that still runs could add a file while the folder is emptied, so `rm` gets three attempts.
remove_work() {
    [ -n "$work" ] || return 0
    rm -rf "$work" 2>/dev/null || rm -rf "$work" 2>/dev/null || rm -rf "$work"
}
trap remove_work EXIT
trap 'exit 1' HUP INT TERM PIPE
# What a probe left that was killed: our own folders of mode 0700, older than an hour. Only where no other user can
# rename entries: a sticky folder, or one of ours.
if [ -n "$work" ] && { [ -k "${work%/*}" ] || [ -O "${work%/*}" ]; }; then
    limit 5 find "${work%/*}/" -maxdepth 1 -type d -name 'dify-probe.??????' -user "$me" -perm 700 -mmin +60 \
        -exec rm -rf {} + >/dev/null 2>&1
fi
# go NAME FUNCTION…: begin a section; show NAME: its answer
go() {
    part=$1
    shift
    if [ -n "$work" ]; then
        # with exec: a redirected function would keep the connection's own output open beside it
        (exec >"$work/$part" 2>/dev/null </dev/null; "$@") &
    else
        section "$part"
        "$@" 2>/dev/null </dev/null
    fi
}
# collect SECONDS: wait for all parts, but not for one that cannot even be killed (a dead network file system).
# The alarm is no child of ours, so that `wait` without a number does for all (bash 5.2 fails now and then with one).
collect() {
    [ -n "$work" ] || return 0
    trap : ALRM
    (
        (after "$1" still_there && kill -ALRM $$) >/dev/null 2>&1 </dev/null &
        echo $! >"$work/alarm"
    )
    wait
    kill "$(cat "$work/alarm")" 2>/dev/null
}
still_there() { [ -d "$work" ]; }
show() { [ -z "$work" ] || { section "$1"; cat "$work/$1" 2>/dev/null; }; }
