"""A terminal on a program in a container: keys, screen, connection. No Qt."""
