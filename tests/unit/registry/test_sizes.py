"""How much has to be downloaded: parts in common, what is there already, what is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, Result
from installer.registry.sizes import SECONDS, Download, Sizes, image_sizes
from installer.state.desired import missing_images
from installer.state.plan_input import Situation
from tests.fakes.host import Expected, FakeHost
from tests.situations import GOOD, installed, situation
from tests.unit.registry.samples import digest, listing, manifest


def asked_by(command: Command) -> list[str]:
    return [*command.argv[command.argv.index("--", 3) + 1 :]]


def registry(answers: Callable[[str], bytes | None], log: list[str]) -> Expected:
    """A machine on which ``manifests.sh`` gets what *answers* says of an address."""

    def run(command: Command) -> Result:
        mark, said = command.argv[3], b""
        for number, places in enumerate(asked_by(command), 1):
            body = next((b for url in places.split() if (b := answers(url)) is not None), None)
            log.append(places)
            if body is not None:
                said += f"{mark} {number}\n".encode() + body
        return Result(0, said + f"{mark} end\n".encode(), b"")

    return Expected(lambda c: b"Fetches manifests" in (c.stdin or b""), run, times=None)


def simple(url: str) -> bytes:
    """Every image has a part of its own and one that all have."""
    return manifest(**{url.rsplit("/", 3)[1]: 1, "common": 1000, url.rsplit("/", 3)[1] + "x": 10})


def sizes(there: Situation, home: Path, answers: Callable[[str], bytes | None], log: list[str]) -> Sizes:
    with FakeHost([registry(answers, log)]) as host:
        return image_sizes(host, there, Home(home))


def test_parts_in_common_count_once_and_a_second_look_asks_nobody(tmp_path: Path) -> None:
    there, log = situation(), list[str]()
    found = sizes(there, tmp_path, simple, log)
    count = len(there.configuration.images)
    assert found.download(there) == 1000 + 11 * count
    downloads = found.downloads(there)
    assert [d.image for d in downloads] == list(there.configuration.images)
    assert {(d.present, d.size) for d in downloads} == {(False, 1011)}
    assert len(log) == count and len(set(log)) == count
    log.clear()
    assert sizes(there, tmp_path, simple, log) == found and log == []


def test_what_is_there_is_not_asked_for(tmp_path: Path) -> None:
    ours = installed()
    without = frozenset(i for i in ours.facts.images if "dify-web" not in i)
    there, log = installed(images=without), list[str]()
    found = sizes(there, tmp_path, simple, log)
    assert len(log) == 1 and "dify-web" in log[0]
    web = next(i for i in there.configuration.images if "dify-web" in i)
    assert [d for d in found.downloads(there) if not d.present] == [Download(web, False, 1011)]
    assert {d.size for d in found.downloads(there) if d.present} == {0}
    assert found.download(there) == 1011
    with FakeHost() as host:
        assert image_sizes(host, ours, Home(tmp_path)).download(ours) == 0


def test_one_that_is_not_known_makes_the_sum_not_known(tmp_path: Path) -> None:
    there, log = situation(), list[str]()
    found = sizes(there, tmp_path, lambda url: None if "postgres" in url else simple(url), log)
    assert found.download(there) is None
    unknown = [d.image for d in found.downloads(there) if d.size is None]
    assert len(unknown) == 1 and "postgres" in unknown[0]
    log.clear()
    assert sizes(there, tmp_path, simple, log).download(there) is not None
    assert len(log) == 1  # only what is not known yet


def test_a_list_is_followed_to_this_platform(tmp_path: Path) -> None:
    arm = replace(GOOD, system=replace(GOOD.system, arch="aarch64"))

    def several(url: str) -> bytes | None:
        if url.endswith(digest("arm")):
            return manifest(c=1, layer=41)
        assert not url.endswith(digest("amd"))
        return listing({"linux/amd64": digest("amd"), "linux/arm64": digest("arm")})

    there, log = situation(arm), list[str]()
    found = sizes(there, tmp_path, several, log)
    assert found.download(there) == 42
    assert len(log) == 2 * len(there.configuration.images)
    assert sizes(situation(GOOD), tmp_path, lambda _: None, []).download(there) is None  # another processor


def test_mirrors_are_tried_first_but_not_those_with_a_hidden_password(tmp_path: Path) -> None:
    mirrors = ("https://m.example.jp/", "https://***@n.example.jp/")
    there, log = situation(replace(GOOD, engine=replace(GOOD.engine, mirrors=mirrors))), list[str]()
    sizes(there, tmp_path, simple, log)
    hub = [places.split() for places in log if "registry-1.docker.io" in places]
    assert hub and all(urls[0].startswith("https://m.example.jp/v2/") and len(urls) == 2 for urls in hub)


def test_a_machine_that_does_not_answer_is_no_error_and_the_time_is_one(tmp_path: Path) -> None:
    there, times = situation(), iter([0.0, 1.0, SECONDS + 1])
    lost = Expected(lambda c: True, InstallError(Code.SSH_CONNECTION_LOST))
    with FakeHost([lost]) as host:  # one command alone: the second question would come too late
        found = image_sizes(host, there, Home(tmp_path), clock=lambda: next(times))
    assert found.download(there) is None and missing_images(there)


def test_a_pinned_image_that_is_gone_is_asked_by_its_digest(tmp_path: Path) -> None:
    ours = installed()
    there, log = installed(images=frozenset(i for i in ours.facts.images if "nginx" not in i)), list[str]()
    found = sizes(there, tmp_path, simple, log)
    assert len(log) == 1 and "/v2/library/nginx/manifests/sha256:" in log[0]
    missing = [d for d in found.downloads(there) if not d.present]
    assert [(d.image.partition("@")[0], d.size) for d in missing] == [("nginx:latest", 1011)]
