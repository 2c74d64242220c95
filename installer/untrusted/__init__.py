"""Parsers with limits for what a server, a registry, an archive, a container or a file supplies."""
