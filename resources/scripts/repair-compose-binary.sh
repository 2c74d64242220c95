# Compose as Docker publishes it, for all users, if no new enough one is there. Checked by its checksum before it is used.
have=$(docker compose version --short 2>/dev/null | sed 's/^v//')
if [ "$(printf '%s\n' @NEED@ "${have:-0}" | sort -V | head -n 1)" = @NEED@ ]; then echo "Compose $have is there."; exit 0; fi
# sudo and a job of its own leave out the proxy that is set up for this system
for key in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  value=$(sed -n "s/^ *\(export \)\{0,1\}$key *= *//p" @ENVIRONMENT@ 2>/dev/null | tr -d "\"'" | tail -n 1)
  eval "[ -z \"\$value\" ] || export $key=\"\${$key:-\$value}\""
done
mkdir -p "$(dirname @PATH@)" && cd "$(dirname @PATH@)" || exit 1
if command -v curl >/dev/null; then curl -fsSL --retry 3 -o docker-compose.new @URL@
else wget -q -O docker-compose.new @URL@; fi || { rm -f docker-compose.new; exit 1; }
echo "@SHA256@  docker-compose.new" | sha256sum -c - || { rm -f docker-compose.new; exit 1; }
chmod 0755 docker-compose.new && mv -f docker-compose.new @PATH@
docker compose version
