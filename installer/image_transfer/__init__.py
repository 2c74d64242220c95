"""Images brought to a server by this computer: fetched from their registry here, loaded there.

For servers that have no way to a registry. No Docker is needed on this computer.
"""
