# a container of another Compose project
mkdir -p /srv/shop
cat >/srv/shop/compose.yaml <<END
services:
  web:
    image: busybox:latest
    command: sleep 100000
    ports: ["$VALUE:80"]
END
with_docker project <<'END'
cd /srv/shop && docker compose up -d
END
