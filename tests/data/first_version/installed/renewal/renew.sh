#!/bin/sh
# Placed by Dify Installer: renews Dify's certificate, every 1 h by systemd. By hand: sh /opt/dify/.dify-installer/renewal/renew.sh
# certbot decides whether it is time. The web server loads a new certificate only if its configuration is good.
umask 077
HOME=${HOME:-/root}
export HOME
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
notes=/opt/dify/.dify-installer/renewal
cd /opt/dify/docker || exit 1
chain=/etc/letsencrypt/live/10.162.0.10/fullchain.pem
compose() { docker compose --ansi never "$@" </dev/null; }
# certbot's container need not run
run() {
    program=$1
    shift
    compose run --rm --no-deps -T --volume /etc/ssl/certs/ca-certificates.crt:/run/dify-installer/authorities.pem:ro --env REQUESTS_CA_BUNDLE=/run/dify-installer/authorities.pem --entrypoint "$program" certbot "$@"
}
show_chain() { compose exec -T nginx cat "$chain" 2>/dev/null || run cat "$chain" 2>/dev/null; }

now=$(date +%s)
renew() { run certbot renew --cert-name 10.162.0.10 --non-interactive --no-random-sleep-on-renew "$@"; }
# Whether half of the time is over in which the certificate should have been renewed, by its own dates: an authority may
# give another one than the first. What was forced is not forced again for so long: an authority gives only some a week.
overdue() {
    openssl x509 -noout -startdate -enddate <"$notes/chain.new" 2>/dev/null |
        awk -v now="$now" -v forced="$(cat "$notes/forced" 2>/dev/null)" '
            function seconds(month, day, time, year) {
                month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", month) + 2) / 3
                if (month < 3) { month += 12; year-- }
                day += 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month - 457) / 5)
                split(time, part, ":")
                return (day - 719469) * 86400 + part[1] * 3600 + part[2] * 60 + part[3]
            }
            { sub(/^not[A-Za-z]*=/, ""); at[NR] = seconds($1, $2, $3, $4) }
            END {
                lasts = at[2] - at[1]
                late = lasts * (lasts < 10 * 86400 ? 0.5 : 0.3333) / 2
                exit !(NR == 2 && now > at[2] - late && now - forced > late)
            }'
}
renew >"$notes/log" 2>&1
code=$?
# some authorities propose a time that is too late for a certificate that lasts for days
if [ "$code" = 0 ] && show_chain >"$notes/chain.new" && overdue; then
    renew --force-renewal >>"$notes/log" 2>&1
    code=$?
    [ "$code" != 0 ] || printf '%s\n' "$now" >"$notes/forced"
fi
result=kept first=
[ -f "$notes/loaded" ] || first=yes
[ "$code" = 0 ] || result=failed

show_chain >"$notes/chain.new"
if [ -s "$notes/chain.new" ]; then
    mv "$notes/chain.new" "$notes/10.162.0.10.pem"
    sum=$(cksum <"$notes/10.162.0.10.pem")
    if [ "$sum" != "$(cat "$notes/loaded" 2>/dev/null)" ]; then
        # one that does not run reads it when it starts
        if [ -z "$(compose ps --quiet --status running nginx 2>/dev/null)" ] ||
            { compose exec -T nginx nginx -t && compose exec -T nginx nginx -s reload; } >>"$notes/log" 2>&1; then
            printf '%s\n' "$sum" >"$notes/loaded"
            [ "$result" = failed ] || [ -n "$first" ] || result=renewed
        else
            result=reload_failed
        fi
    fi
fi
rm -f "$notes/chain.new"
ends=$(openssl x509 -noout -enddate <"$notes/10.162.0.10.pem" 2>/dev/null)
printf 'at=%s\nresult=%s\nexit=%s\nnot_after=%s\nnext=%s\n' "$now" "$result" "$code" "${ends#notAfter=}" \
    "$((now + 1 * 3600))" >"$notes/status.new" && mv "$notes/status.new" "$notes/status"
cat "$notes/log"
case $result in kept | renewed) exit 0 ;; *) exit 1 ;; esac
