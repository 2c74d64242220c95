# In the order of how long they take: the first ones run while the rest is asked.
began=$(date +%s)
go docker part_docker
go info part_info
go containers part_containers
go images part_images
go networks part_networks
go volumes part_volumes
go packages part_packages
go login part_login
go owners part_owners
go search part_search
go units part_units
go clock part_clock
go firewall part_firewall
go listeners part_listeners
go virtualization part_virtualization
go files part_files
go certificates part_certificates

section system
part_system 2>/dev/null </dev/null
printf 'now=%s\n' "$began"
for name in processes daemon network webservers access directory jobs; do
    section "$name"
    "part_$name" 2>/dev/null </dev/null
done
# secrets are here: straight to the answer, never through a file
section record
whole_bytes "$dir/.dify-installer/installation.json"
section lock
whole_bytes "$dir/.dify-installer/lock"
section pins
whole_bytes "$dir/docker/docker-compose.pins.yaml"
section override
whole_bytes "$dir/docker/docker-compose.override.yaml"
section env
whole_bytes "$dir/docker/.env"
# the one that we made and its key, never a person's own
section self_signed
own_bytes "$dir/docker/nginx/ssl/self-signed.crt"
own_bytes "$dir/docker/nginx/ssl/self-signed.key"

collect 20
for name in docker info containers images networks volumes packages login owners search units clock firewall listeners virtualization files certificates; do
    show "$name"
done
for name in compose disks dify; do
    section "$name"
    "part_$name" 2>/dev/null </dev/null
done
if [ -n "$docker_path" ] && [ "$podman" = no ] && ! grep -q '^server=.' "${work:-/nonexistent}/docker" 2>/dev/null; then
    section journal
    part_journal
fi
section end
printf 'now=%s\n' "$(date +%s)"
