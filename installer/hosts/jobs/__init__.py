"""Detached jobs on a server: the script that runs them, their log, ending them."""
