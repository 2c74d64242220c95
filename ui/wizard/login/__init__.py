"""Log in: address, user, keys and passwords, the host key."""
