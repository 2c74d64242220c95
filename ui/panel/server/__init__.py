"""Server: where Dify runs, and what this computer keeps about it."""
