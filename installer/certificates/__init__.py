"""Certificates for HTTPS: reading a person's own, proving that they serve, making one of our own.

Pure, but for reading files of this computer.
"""
