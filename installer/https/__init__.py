"""HTTPS of an installation: certificates by ACME and their renewal, a reverse proxy in front of Dify, the
certificate in use.
"""
