# Nothing is removed for it: a conflict ends it.
system_packages=@THEIRS@
wait_seconds=@WAIT@
export LC_ALL=C ZYPP_LOCK_TIMEOUT="$wait_seconds"
zypper --non-interactive install $system_packages
