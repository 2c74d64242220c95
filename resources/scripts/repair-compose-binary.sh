# Compose as Docker publishes it, for all users, if no new enough one is there. Checked by its checksum before it is used.
need=@NEED@
url=@URL@
checksum=@SHA256@
path=@PATH@
environment=@ENVIRONMENT@
have=$(docker compose version --short 2>/dev/null | sed 's/^v//')
if [ "$(printf '%s\n' "$need" "${have:-0}" | sort -V | head -n 1)" = "$need" ]; then echo "Compose $have is there."; exit 0; fi
# sudo and a job of its own leave out the proxy that is set up for this system
for key in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  value=$(sed -n "s/^ *\(export \)\{0,1\}$key *= *//p" "$environment" 2>/dev/null | tr -d "\"'" | tail -n 1)
  eval "[ -z \"\$value\" ] || export $key=\"\${$key:-\$value}\""
done
mkdir -p "$(dirname "$path")" && cd "$(dirname "$path")" || exit 1
if command -v curl >/dev/null; then curl -fsSL --retry 3 -o docker-compose.new "$url"
else wget -q -O docker-compose.new "$url"; fi || { rm -f docker-compose.new; exit 1; }
echo "$checksum  docker-compose.new" | sha256sum -c - || { rm -f docker-compose.new; exit 1; }
chmod 0755 docker-compose.new && mv -f docker-compose.new "$path"
docker compose version
