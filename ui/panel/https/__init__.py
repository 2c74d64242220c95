"""Certificate: how Dify is encrypted, and renewal."""
