touch /run/reboot-required
