# After below.sh: prints the first LIMIT bytes of the regular file PATH below FOLDER, and nothing where there is none.
#   sh -c TEXT below-read FOLDER PATH LIMIT
# No link is followed but certbot's own, from live/NAME into archive/NAME beside it.
base=$(cd -P -- "$1" 2>/dev/null && pwd -P) || exit 0
inside "$2" || exit 0
if [ -L "./$last" ]; then
    target=$(readlink "./$last") name=${2%/*}
    name=${name##*/}
    case $2 in */live/"$name/$last") ;; *) exit 0 ;; esac
    case $target in
    "../../archive/$name/"*/*) exit 0 ;;
    "../../archive/$name/"?*) inside "${2%/live/*}/archive/$name/${target##*/}" || exit 0 ;;
    *) exit 0 ;;
    esac
fi
[ -f "./$last" ] && [ ! -L "./$last" ] || exit 0
limit head -c "$3" "./$last"
