"""The pins file: which images need one, what it says, and what holds of one that is there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml

from installer.answers.optional import Registry
from installer.apply.plan import Plan, make_plan
from installer.apply.steps.stages import Pull
from installer.config.pins import by_digest, pin_parts, pins_text, read_pins, repository, unpinned
from installer.core.installation_files import PINS_FILE
from installer.state.desired import (
    images_of,
    kept_pins,
    missing_images,
    pins_to_make,
    stale_pins,
    unpinned_images,
    up_to_date,
    wanted_files,
)
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_release
from tests.releases import model_of
from tests.situations import ANSWERS, DIGEST, GOOD, installed, installed_facts, situation

OTHER = "sha256:" + "0b" * 32


@pytest.mark.parametrize(
    ("reference", "is_unpinned", "name"),
    [
        ("nginx:latest", True, "nginx"),
        ("ubuntu/squid:latest", True, "ubuntu/squid"),
        ("certbot/certbot", True, "certbot/certbot"),
        ("docker.io/library/nginx", True, "nginx"),
        ("registry.test:5000/own/nginx", True, "registry.test:5000/own/nginx"),
        ("registry.test:5000/nginx:latest", True, "registry.test:5000/nginx"),
        ("postgres:15-alpine", False, "postgres"),
        ("registry.test:5000/nginx:1", False, "registry.test:5000/nginx"),
        (f"nginx:latest@{DIGEST}", False, "nginx"),
        (f"nginx@{DIGEST}", False, "nginx"),
        ("own/nginx:latest-1", False, "own/nginx"),
        ("", False, ""),
    ],
)
def test_which_are_unpinned(reference: str, is_unpinned: bool, name: str) -> None:
    assert unpinned(reference) is is_unpinned
    assert repository(reference) == name or not reference


@every_release
def test_derived_from_every_release(version: str) -> None:
    """Those of the file that end in nothing or ``latest``, said in another way; none that is built."""
    now = situation(version=version)
    stated = model_of(version).compose.raw["services"]
    expected = {
        name
        for name in now.configuration.services
        if "build" not in stated[name] and re.fullmatch(r"[^:@]+(:latest)?", stated[name].get("image", ""))
    }
    assert expected >= {"nginx", "ssrf_proxy"}
    assert set(unpinned_images(now)) == expected == set(pins_to_make(now))


def test_a_mirror_keeps_the_digest() -> None:
    """It is the same image under another name, on the way there and back."""
    there = installed()
    mirrored = replace(ANSWERS, registry=Registry("mirror.example.jp/hub"))
    now = situation(there.facts, mirrored)
    name = "mirror.example.jp/hub/library/nginx:latest"
    assert kept_pins(now)["nginx"] == f"{name}@{DIGEST}" and not pins_to_make(now)
    assert stale_pins(now) and f"{name}@{DIGEST}" in missing_images(now)
    back = situation(replace(there.facts, pins=pins_text(kept_pins(now))))
    assert kept_pins(back) == kept_pins(there)
    other = pins_text({"nginx": f"quay.io/somebody/nginx:latest@{DIGEST}"})
    assert "nginx" not in kept_pins(situation(replace(there.facts, pins=other)))


def test_an_image_that_a_persons_own_file_replaces_is_left_to_it() -> None:
    """Nothing is downloaded or started anew for an image that nobody runs."""
    env = MappingProxyType({"COMPOSE_FILE": "mine.yaml"})
    first = situation(answers=replace(ANSWERS, env=env))
    found = installed_facts(first)
    own = [replace(c, image="own/squid:1") if c.service == "ssrf_proxy" else c for c in found["containers"]]
    images = frozenset(i for i in found["images"] if "squid" not in i) | {"own/squid:1"}
    kept = kept_pins(situation(replace(GOOD, **found)))
    pins = pins_text({name: pin for name, pin in kept.items() if "squid" not in pin})
    facts = replace(GOOD, **{**found, "containers": tuple(own), "images": images, "pins": pins})
    there = situation(facts, replace(ANSWERS, env=env))
    assert not missing_images(there) and "ssrf_proxy" not in pins_to_make(there)
    assert up_to_date(there, "ssrf_proxy")
    assert missing_images(installed(containers=tuple(own), images=images, pins=pins))  # without it, it counts


def test_the_file_is_read_as_it_was_written() -> None:
    pins = {"nginx": f"nginx:latest@{DIGEST}", "certbot": f"certbot/certbot@{OTHER}"}
    assert read_pins(pins_text(pins)) == pins
    assert pins_text(pins) == pins_text(dict(reversed(pins.items())))
    assert yaml.safe_load(pins_text({})) == {"services": {}} and read_pins(pins_text({})) == {}
    assert by_digest(pins["nginx"]) == f"nginx@{DIGEST}"


@pytest.mark.parametrize("text", ["", "services:\n", "services: [a]", "a: {b", "services:\n  a: x\n", "1"])
def test_a_file_that_compose_would_refuse(text: str) -> None:
    assert read_pins(text) is None


def test_parts_make_a_file_even_where_nothing_is_found() -> None:
    """Each command's other answer keeps ``services`` from being empty."""
    new = {"nginx": "nginx:latest", "certbot": "certbot/certbot"}
    parts = pin_parts({"squid": f"ubuntu/squid:latest@{DIGEST}"}, new)
    text = "".join(part.otherwise for part in parts)
    assert read_pins(text) == {"squid": f"ubuntu/squid:latest@{DIGEST}", **dict.fromkeys(new, "")}
    assert [part.argv[-1] for part in parts[1:]] == ["certbot/certbot", "nginx:latest"]
    assert read_pins("".join(p.otherwise for p in pin_parts({}, {}))) == {}


@needs_compose
@pytest.mark.parametrize("program", ["usual", pytest.param("newest", marks=pytest.mark.slow)])
def test_compose_reads_the_file_as_typed(
    program: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Pins hold, entries without one change nothing, and a person's own file has the last word."""
    argv = ("docker", "compose") if program == "usual" else (request.getfixturevalue("newest"),)
    ours = installed()
    own = replace(ours.answers, env={"COMPOSE_FILE": "mine.yaml"})
    wanted = situation(replace(GOOD, pins=ours.facts.pins), own)
    pins = kept_pins(ours)
    kept = {name: pin for name, pin in pins.items() if name != "init_permissions"}
    parts = pin_parts(kept, {"init_permissions": "busybox:latest"})
    files = {path: file.data for path, file in wanted_files(wanted).items()}
    files[PINS_FILE] = "".join(part.otherwise for part in parts).encode()
    files["mine.yaml"] = b"services:\n  ssrf_proxy:\n    image: own/squid:1\n"
    seen = compose_config(tmp_path, files, argv)["services"]
    assert {name: seen[name]["image"] for name in pins} == {
        **pins,
        **{"init_permissions": "busybox:latest", "ssrf_proxy": "own/squid:1"},
    }
    assert tuple(sorted(seen)) == wanted.configuration.services


# ------------------------------------------------------------------------- what is planned


def pull_stages(plan: Plan) -> list[str]:
    return [stage.name for action in plan.actions if action.step == Pull.id for stage in action.stages]


def test_a_first_installation_pins_after_the_download() -> None:
    plan = make_plan(situation())
    assert pull_stages(plan) == ["pull", "pull:pins"]
    assert "docker image inspect" in " ".join(plan.as_json()["commands"])


def test_what_is_pinned_is_asked_for_by_digest() -> None:
    """A tag that moved, or an image that is gone: only the pinned one counts."""
    ours = installed()
    pin = images_of(ours)["nginx"]
    assert pin == f"nginx:latest@{DIGEST}" and pin in make_plan(ours).as_json()["images"]
    moved = {i for i in ours.facts.images if not i.startswith("nginx")} | {"nginx:latest", f"nginx@{OTHER}"}
    gone = installed(images=frozenset(moved))
    assert missing_images(gone) == {pin: "nginx"}
    assert pull_stages(make_plan(gone)) == ["pull"]
    assert not missing_images(installed(images=frozenset(moved | {f"nginx@{DIGEST}"})))


def test_without_pins_they_are_made_of_what_is_there() -> None:
    """Nothing is downloaded; the services start again, as a digest may be another one."""
    bare = installed(pins="")
    plan = make_plan(bare)
    assert [a.step for a in plan.actions] == ["upload", "pull", "start", "ready"]
    assert pull_stages(plan) == ["pull:pins"]
    assert [f.path for f in plan.actions[0].files] == ["docker-compose.pins.yaml"]


def test_an_image_without_a_digest_stays_unpinned_and_is_no_work() -> None:
    ours = installed()
    there = {name: pin for name, pin in kept_pins(ours).items() if name != "nginx"}
    images = frozenset(i for i in ours.facts.images if not i.startswith("nginx")) | {"nginx:latest"}
    containers = tuple(
        replace(c, image="nginx:latest") if c.service == "nginx" else c for c in ours.facts.containers
    )
    own = installed(images=images, pins=pins_text(there), containers=containers)
    assert "nginx" in unpinned_images(own) and not pins_to_make(own)
    assert [a.step for a in make_plan(own).actions] == ["ready"]


def test_pins_that_hold_no_more_are_not_downloaded() -> None:
    """Another tag or repository than the release's, or a service that is not expected."""
    ours = installed()
    stale = {
        **kept_pins(ours),
        "ssrf_proxy": f"ubuntu/squid:6@{DIGEST}",
        "gone": f"busybox:latest@{DIGEST}",
    }
    images = frozenset(i for i in ours.facts.images if "squid" not in i)
    changed = installed(pins=pins_text(stale), images=images)
    assert stale_pins(changed) and set(pins_to_make(changed)) == {"ssrf_proxy"}
    (pull,) = (a for a in make_plan(changed).actions if a.step == Pull.id)
    download, made = pull.stages
    assert ([i.name for i in download.pulls], made.name) == (["ubuntu/squid:latest"], "pull:pins")
    assert read_pins(made.parts[0].otherwise) == kept_pins(changed)
    assert {*kept_pins(changed)} == {*kept_pins(ours)} - {"ssrf_proxy"}


@pytest.mark.parametrize(("name", "stale"), [("gone", True), ("web", True), ("nginx", False)])
def test_an_entry_without_a_pin(name: str, stale: bool) -> None:
    """It may stay where an image could not be pinned; elsewhere Compose may refuse it one day."""
    ours = installed()
    images = frozenset(i for i in ours.facts.images if not i.startswith("nginx")) | {"nginx:latest"}
    pins = {n: pin for n, pin in kept_pins(ours).items() if n != "nginx"}
    there = installed(pins=pins_text(pins) + f"  {name}: {{}}\n", images=images)
    assert stale_pins(there) is stale
    assert pull_stages(make_plan(there)) == (["pull:pins"] if stale else [])


def test_a_file_that_cannot_be_read_is_made_anew() -> None:
    plan = make_plan(installed(pins="services:\n"))
    assert pull_stages(plan) == ["pull:pins"]


def test_a_pin_changed_by_hand_starts_that_service_anew() -> None:
    ours = installed()
    by_hand = {**kept_pins(ours), "nginx": f"nginx:latest@{OTHER}"}
    changed = installed(pins=pins_text(by_hand), images=ours.facts.images | {f"nginx@{OTHER}"})
    assert not up_to_date(changed, "nginx") and up_to_date(changed, "web")
    assert [a.step for a in make_plan(changed).actions] == ["start", "ready"]


def test_nothing_is_uploaded_over_pins() -> None:
    first = situation(replace(GOOD, pins=pins_text({"x": f"x@{DIGEST}"})))
    placed = [f.path for a in make_plan(first).actions for f in a.files]
    assert placed and "docker-compose.pins.yaml" not in placed
