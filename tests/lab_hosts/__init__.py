"""``SshHost`` and ``LocalHost`` against the lab's servers and their Docker."""
