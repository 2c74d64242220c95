"""``SshHost``: a server over SSH."""
