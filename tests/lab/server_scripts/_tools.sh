# What the variants in this folder share; it comes before each of them. The value of NAME=VALUE is $VALUE.
compose=/usr/libexec/docker/cli-plugins/docker-compose

# process NAME CODE: Python as a process of that name
process() {
    ln -sf /usr/bin/python3 "/usr/local/bin/$1"
    systemd-run --quiet --no-block "--unit=lab-$1" "/usr/local/bin/$1" -c "$2"
}

# with_docker NAME <script: runs it once Docker answers; Server.wait_ready waits for /run/lab-pending to be empty
with_docker() {
    mkdir -p /run/lab-pending
    touch "/run/lab-pending/$1"
    {
        printf '#!/bin/sh\nVALUE=%s\n' "$VALUE"
        echo 'until docker info >/dev/null 2>&1; do sleep 0.2; done'
        cat
        printf 'rm -f /run/lab-pending/%s\n' "$1"
    } >"/usr/local/sbin/lab-$1"
    chmod 755 "/usr/local/sbin/lab-$1"
    printf '[Unit]\nAfter=docker.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/local/sbin/lab-%s\n' \
        "$1" >"/etc/systemd/system/lab-$1.service"
    systemctl daemon-reload
    systemctl start --no-block "lab-$1.service"
}

# profile NAME=VALUE: a variable in the login profile
profile() {
    for home in /root /home/difyadmin; do
        grep -qs "export ${1%%=*}" "$home/.profile" || printf 'export %s\n' "$1" >>"$home/.profile"
    done
}

daemon_json() { mkdir -p /etc/docker; printf '%s\n' "$1" >/etc/docker/daemon.json; }

# old_dify: files and data of an older release in /root/dify/docker, enough to tell it and to make containers of it
old_dify() {
    mkdir -p /root/dify/docker/volumes/db/data/pgdata/global
    cd /root/dify/docker || return
    cat >docker-compose.yaml <<END
services:
  api:
    image: langgenius/dify-api:$VALUE
    environment:
      CONSOLE_API_URL: \${CONSOLE_API_URL:-}
  db:
    image: postgres:15-alpine
    volumes:
      - ./volumes/db/data:/var/lib/postgresql/data
END
    printf 'SECRET_KEY=sk-lab\nDB_PASSWORD=difyai123456\n' >.env
    echo 15 >volumes/db/data/pgdata/PG_VERSION
    : >volumes/db/data/pgdata/global/pg_control
    touch -d '2026-03-01 12:00:00 UTC' volumes/db/data/pgdata/global/pg_control volumes/db/data/pgdata volumes/db/data
    chown -R 70:70 volumes/db/data
    chmod 700 volumes/db/data/pgdata
    cd /
}
