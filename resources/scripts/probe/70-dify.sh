# Dify's that are there already: by files in the usual places; folders named by Compose's labels come later.
part_search() {
    found=
    for root in /root /home /opt /srv /var/www /data /usr/local; do
        [ -d "$root" ] && [ -r "$root" ] && found="$found $root"
    done
    # own file systems only, no data folders; $found: one word each
    if limit 3 find $found -xdev -maxdepth 5 \
        \( -name volumes -o -name node_modules -o -name '.[a-z]*' -o -name site-packages -o -name overlay2 -o -name snap \) -prune -o \
        -name "*$nl*" -prune -o -type f \( -name 'docker-compose.y*ml' -o -name 'compose.y*ml' \) -print 2>/dev/null; then
        echo complete=yes
    else
        # also ends with an error where a folder may not be read: only the time limit (124, 143) is not complete
        case $? in 124 | 137 | 143) echo complete=no ;; *) echo complete=yes ;; esac
    fi
}

changed_at() { stat -c %Y "$1" 2>/dev/null || stat -f %m "$1" 2>/dev/null; }

# physical FOLDER: without links; nothing where the name has line feeds, which could be any other line
physical() {
    physical=$(cd "$1" 2>/dev/null && pwd -P) || return 0
    case $physical in *"$nl"*) ;; *) printf 'physical=%s\n' "$physical" ;; esac
}

# describe FOLDER: one Dify
describe() {
    printf 'dify=%s\n' "$1"
    physical "$1"
    for file in docker-compose.yaml docker-compose.yml compose.yaml compose.yml; do
        [ -f "$1/$file" ] && [ -r "$1/$file" ] || continue
        head_bytes "$1/$file" 262144 | sed -n 's#.*image: *["'\'']*langgenius/dify-api:\([^"'\''[:space:]]*\).*#image=\1#p' | head -n 1 | cut -c1-200
        break
    done
    [ -e "$1/.env" ] && echo env=yes
    head_bytes "$1/.env" | sed -n 's/^COMPOSE_PROJECT_NAME=/env_project=/p' | head -n 1 | cut -c1-200
    if [ -e "$1/../.dify-installer" ]; then
        echo ours=yes
        owners_of "${1%/*}" 4 | sed 's/^/owner_/'
    fi
    for data in "$1/volumes/db/data" "$1/volumes/mysql/data"; do
        [ -d "$data" ] || continue
        if [ ! -x "$data" ] || { [ -d "$data/pgdata" ] && [ ! -x "$data/pgdata" ] && [ ! -r "$data/pgdata" ]; }; then
            printf 'data=hidden\nchanged=%s\n' "$(changed_at "$data")"
        elif [ -e "$data/pgdata/PG_VERSION" ] || [ -e "$data/PG_VERSION" ] || [ -e "$data/ibdata1" ]; then
            echo data=yes
            for file in "$data/pgdata/global/pg_control" "$data/pgdata" "$data/global/pg_control" "$data/ibdata1"; do
                [ -e "$file" ] && printf 'changed=%s\n' "$(changed_at "$file")"
            done
        fi
    done
    return 0
}

part_dify() {
    end=$(($(date +%s) + 8)) # whatever others have put there
    {
        sed -e '/^complete=/d' -e 's#/[^/]*$##' "$work/search" 2>/dev/null | while IFS= read -r folder; do
            [ "$(date +%s)" -lt "$end" ] || break
            for file in docker-compose.yaml docker-compose.yml compose.yaml compose.yml; do
                head_bytes "$folder/$file" 262144 | grep -qs 'image: .*langgenius/dify-api' && printf '%s\n' "$folder" && break
            done
        done
        grep 'langgenius/' "$work/containers" 2>/dev/null | cut -f7
    } | sort -u | head -n 20 | while IFS= read -r folder; do
        [ -n "$folder" ] && [ "$(date +%s)" -lt "$end" ] && describe "$folder"
    done
    grep '^complete=' "$work/search" 2>/dev/null
    return 0
}
