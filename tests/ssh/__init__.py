"""The hosts against a real OpenSSH server on loopback, started by the tests (Linux, root)."""
