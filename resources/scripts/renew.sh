#!/bin/sh
# Placed by Dify Installer: renews Dify's certificate, every @HOURS@ h by @SCHEDULER@. By hand: sh @SCRIPT@
# certbot decides whether it is time. The web server loads a new certificate only if its configuration is good.
umask 077
HOME=${HOME:-/root}
export HOME
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
notes=@NOTES@
cd @DOCKER_FOLDER@ || exit 1
chain=@CHAIN@
compose() { docker compose --ansi never "$@" </dev/null; }
# certbot's container need not run
run() {
    program=$1
    shift
    compose run --rm --no-deps -T @OPTIONS@ --entrypoint "$program" @SERVICE@ "$@"
}
show_chain() { compose exec -T @WEB@ cat "$chain" 2>/dev/null || run cat "$chain" 2>/dev/null; }

now=$(date +%s)
renew() { run certbot renew --cert-name @LINEAGE@ --non-interactive --no-random-sleep-on-renew "$@"; }
renew >"$notes/log" 2>&1
code=$?
# some authorities propose a time that is too late for a certificate that lasts for days
if [ "$code" = 0 ] && show_chain >"$notes/chain.new" && openssl version >/dev/null 2>&1 &&
    openssl x509 -noout -enddate <"$notes/chain.new" >/dev/null 2>&1 &&
    ! openssl x509 -noout -checkend @LATE@ <"$notes/chain.new" >/dev/null 2>&1; then
    renew --force-renewal >>"$notes/log" 2>&1
    code=$?
fi
result=kept first=
[ -f "$notes/loaded" ] || first=yes
[ "$code" = 0 ] || result=failed

show_chain >"$notes/chain.new"
if [ -s "$notes/chain.new" ]; then
    mv "$notes/chain.new" "$notes/@LINEAGE@.pem"
    sum=$(cksum <"$notes/@LINEAGE@.pem")
    if [ "$sum" != "$(cat "$notes/loaded" 2>/dev/null)" ]; then
        # one that does not run reads it when it starts
        if [ -z "$(compose ps --quiet --status running @WEB@ 2>/dev/null)" ] ||
            { compose exec -T @WEB@ nginx -t && compose exec -T @WEB@ nginx -s reload; } >>"$notes/log" 2>&1; then
            printf '%s\n' "$sum" >"$notes/loaded"
            [ "$result" = failed ] || [ -n "$first" ] || result=renewed
        else
            result=reload_failed
        fi
    fi
fi
rm -f "$notes/chain.new"
ends=$(openssl x509 -noout -enddate <"$notes/@LINEAGE@.pem" 2>/dev/null)
printf 'at=%s\nresult=%s\nexit=%s\nnot_after=%s\nnext=%s\n' "$now" "$result" "$code" "${ends#notAfter=}" \
    "$((now + @HOURS@ * 3600))" >"$notes/status.new" && mv "$notes/status.new" "$notes/status"
cat "$notes/log"
case $result in kept | renewed) exit 0 ;; *) exit 1 ;; esac
