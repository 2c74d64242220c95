# a Compose that says it is older; what it does is the real one's
[ -e "$compose.real" ] || mv "$compose" "$compose.real"
cat >"$compose" <<END
#!/bin/sh
case "\$*" in
docker-cli-plugin-metadata) echo '{"SchemaVersion":"0.1.0","Vendor":"Docker Inc.","Version":"v$VALUE"}' ;;
'compose version --short') echo '$VALUE' ;;
*) exec $compose.real "\$@" ;;
esac
END
chmod 755 "$compose"
