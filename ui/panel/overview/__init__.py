"""Overview: how Dify is, and the machine."""
