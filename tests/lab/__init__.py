"""A whole small internet for the tests: Docker, a registry, servers with SSH, an ACME authority, releases.

Everything in it is a real program. Only Dify's own images are stood in for, by a Python program that
really logs in to PostgreSQL, Redis and its peers (``tests/lab/standin``). See ``docs/lab.md``.

    from tests.lab import Lab
    lab = Lab.open()          # starts what does not run yet; raises LabUnavailable with the reason
    lab.server("vps").run("docker ps")
"""

from .errors import LabError, LabUnavailable
from .lab import Lab
from .place import Place
from .servers import Server

__all__ = ["Lab", "LabError", "LabUnavailable", "Place", "Server"]
