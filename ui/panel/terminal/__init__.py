"""Terminal: a shell in a container."""
