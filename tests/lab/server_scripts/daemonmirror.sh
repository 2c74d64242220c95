# the Engine asks a mirror first
daemon_json "{\"registry-mirrors\": [\"https://$VALUE\"]}"
