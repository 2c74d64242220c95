"""Every step of an installation, met by everything that can go wrong while it is under way."""
