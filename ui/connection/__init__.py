"""The connection of one installation: the open host, what a login asks, what the checks found."""
