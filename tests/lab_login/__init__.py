"""Every way to log in with every kind of administrator rights, on a real server."""
