"""Where Dify runs: this computer or a server over SSH, behind one protocol."""
