# the same, with a container that does not run
old_dify
with_docker olddify <<'END'
cd /root/dify/docker && docker compose create api
END
