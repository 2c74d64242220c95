"""Names that others gave to networks on the server."""

from __future__ import annotations

from installer.cancel import CancelToken
from installer.hosts.base import Command, Result
from installer.undo import look
from tests.fakes.host import Expected, FakeHost


def test_a_network_whose_name_holds_spaces_is_one_network() -> None:
    words = ("network", "ls", "--format", "{{.Name}}")
    asked = Command(("docker", *words, "--filter", "label=com.docker.compose.project=dify"))
    host = FakeHost([Expected(asked.argv, Result(0, b"dify_default\nmine bridge\n", b""))])
    assert look._names(host, words, "dify", CancelToken()) == ("dify_default", "mine bridge")
