# says it is another one: os=centos:7
rm -f /etc/os-release
printf 'ID=%s\nVERSION_ID="%s"\nPRETTY_NAME="%s %s"\n' "${VALUE%%:*}" "${VALUE#*:}" "${VALUE%%:*}" "${VALUE#*:}" >/etc/os-release
