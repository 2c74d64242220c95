# Only downloads; waits for another zypper.
system_packages=@THEIRS@
wait_seconds=@WAIT@
export LC_ALL=C ZYPP_LOCK_TIMEOUT="$wait_seconds"
zypper --non-interactive refresh || echo "Some package lists could not be renewed."
zypper --non-interactive install --download-only $system_packages
