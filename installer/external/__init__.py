"""Tests external services before anything is changed: reached, encrypted, logged in, version, rights.

The protocols are spoken here; only the bytes go through a container on the server (``dialer``). So no secret
is in any process, file or environment there, no image with clients is needed, and all of them can be tried
before the release's own are downloaded.
"""
