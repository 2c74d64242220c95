"""Where: this computer, or a server over SSH."""
