"""What a server calls things becomes no address of this computer, and no path."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from installer.core.cancel import CancelToken
from tests.unit.release.web_server import serving
from ui.connection.open_host import answers_at
from ui.panel.logs.save import file_name


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def asked(url: str, *, local: bool = False) -> bool:
    return answers_at(url, local=local)(lambda _: None, CancelToken())


def test_the_address_of_a_server_s_record_is_none_of_this_computer() -> None:
    with serving(lambda h: h.send(200, b"{}")) as here:
        port = here.url.rpartition(":")[2]
        for url in (
            here.url,
            f"http://localhost:{port}",
            f"http://0.0.0.0:{port}",
            f"http://127.1.2.3:{port}",
        ):
            assert not asked(url)
        assert here.seen == []
        assert asked(here.url, local=True) and len(here.seen) == 1


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[", "http://169.254.169.254", ""]
)
def test_nothing_else_is_asked(url: str) -> None:
    assert not asked(url)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(lambda h: h.send(200, b"")) as other:
        with serving(lambda h: h.send(302, b"", {"Location": other.url})) as here:
            assert asked(here.url, local=True) and here.seen
        assert other.seen == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../../.bashrc",
            "/etc/cron.d/x",
            "C:\\Windows\\x",
            "\\\\evil\\share",
            ".hidden",
            "-rf",
            "%Y%s%n",
            "",
        ),
        *("a" * 500, "a\nb", "日本", "a:b", "..", "a/b", "x\x00y"),
    ],
)
def test_the_name_of_a_service_is_one_file_s_name(name: str) -> None:
    found = file_name((name,))
    assert PurePosixPath(found).name == found == PureWindowsPath(found).name
    assert found.endswith(".log.gz") and not found.startswith((".", "-")) and len(found) < 100


def test_what_is_called_as_usual_keeps_its_name() -> None:
    assert file_name(("plugin_daemon",)).startswith("plugin_daemon-2")
    assert file_name(()).startswith("dify-2") and file_name(("api", "web")).startswith("dify-2")
