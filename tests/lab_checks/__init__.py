"""The checks on servers that really have what they look for."""
