"""Names that the lab, its images and the tests agree on."""

from __future__ import annotations

from dataclasses import dataclass

DEBIAN_CODENAME = "trixie"  # the images are made from the machine's own Debian: PostgreSQL 17, Python 3.13

#: Host names that the lab registry answers for. Everything a release pulls from must be here.
REGISTRY_HOSTS = (
    "registry-1.docker.io",
    "auth.docker.io",
    "index.docker.io",
    "docker.io",
    "docker.elastic.co",
    "ghcr.io",
    "quay.io",
    "container-registry.oracle.com",
    "containers.intersystems.com",
    "downloads.unstructured.io",
    "cr.weaviate.io",
)

#: Where a server without Docker would fetch install scripts; they lead to the registry, which says 404.
INSTALL_HOSTS = ("download.docker.com", "get.docker.com")

DEFAULT_TAGS = ("1.16.1", "1.13.3", "1.4.3")


@dataclass(frozen=True)
class Login:
    """A user of every lab server."""

    user: str
    password: str
    sudo: bool
    shell: str


LOGINS = {
    login.user: login
    for login in (
        Login("root", "rootpw", True, "/bin/bash"),
        Login("difyadmin", "adminpw", True, "/bin/bash"),
        Login("plain", "plainpw", False, "/bin/bash"),
        Login("fishy", "fishpw", True, "/usr/bin/fish"),
        Login("cshy", "cshpw", False, "/bin/csh"),
    )
}
