# Begins scripts that change the user's crontab: it is written whole or not at all, and by no tool that may be missing.
nl='
'
# read_tab FOLDER: the crontab into $tab. Fails where it cannot be read; then it is not written over. FOLDER is ours
read_tab() {
    if tab=$(LC_ALL=C crontab -l 2>"$1/crontab.said"); then rm -f -- "$1/crontab.said" && return 0; fi
    case $(cat "$1/crontab.said") in
    *'no crontab'* | *'No such file'*) tab='' && rm -f -- "$1/crontab.said" ;;
    *) cat "$1/crontab.said" >&2 && return 1 ;;
    esac
}
# theirs COMMAND…: the lines of $tab that end with none of the commands; one that holds it in the middle is not ours
theirs() {
    [ -z "$tab" ] || printf '%s\n' "$tab" | while IFS= read -r line; do
        for command in "$@"; do
            case $line in *" $command") continue 2 ;; esac
        done
        printf '%s\n' "$line" || exit 1
    done
}
# write_tab FOLDER: $new becomes the crontab; what it was stays in FOLDER
write_tab() {
    printf '%s\n' "$tab" >"$1/crontab.before" && printf '%s' "$new" >"$1/crontab.new" &&
        [ "$(wc -c <"$1/crontab.new")" -eq "$(printf '%s' "$new" | wc -c)" ] && crontab "$1/crontab.new" || return 1
    rm -f -- "$1/crontab.new"
}
