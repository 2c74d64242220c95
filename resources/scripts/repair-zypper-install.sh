# Nothing is removed for it: a conflict ends it.
export LC_ALL=C ZYPP_LOCK_TIMEOUT=@WAIT@
zypper --non-interactive install @THEIRS@
