# Only downloads; waits for another zypper.
export LC_ALL=C ZYPP_LOCK_TIMEOUT=@WAIT@
zypper --non-interactive refresh || echo "Some package lists could not be renewed."
zypper --non-interactive install --download-only @THEIRS@
