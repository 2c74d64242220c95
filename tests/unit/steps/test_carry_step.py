"""When images are carried, which ones, and what the job then still does."""

from __future__ import annotations

from dataclasses import replace

from installer.answers import Answers
from installer.answers.optional import Registry
from installer.apply.plan import make_plan
from installer.config.pins import pins_text
from installer.state.desired import images_to_carry, kept_pins, missing_images, stale_pins
from installer.state.plan_input import Situation
from tests.situations import ANSWERS, GOOD, installed, situation

CARRIED: Answers = replace(ANSWERS, registry=Registry(through="this-computer"))
DIGEST = f"sha256:{'5' * 64}"


def carrying(there: Situation, **facts: object) -> Situation:
    return situation(replace(there.facts, **facts), CARRIED)  # type: ignore[arg-type]


def test_carried_before_the_job_which_then_downloads_nothing() -> None:
    plan = make_plan(situation(GOOD, CARRIED))
    steps = [action.step for action in plan.actions]
    assert steps.index("carry") == steps.index("pull") - 1
    carry, pull = plan.actions[steps.index("carry")], plan.actions[steps.index("pull")]
    assert carry.stages == () and carry.params["images"] == carry.params["of"]
    assert not any(stage.pulls for stage in pull.stages) and pull.params["images"] == "0"
    assert "carry" not in [action.step for action in make_plan(situation()).actions]


def test_only_what_is_missing() -> None:
    there = installed()
    assert [a.step for a in make_plan(carrying(there)).actions] == ["ready"]
    without = frozenset(i for i in there.facts.images if "dify-web" not in i)
    now = carrying(there, images=without)
    assert [*images_to_carry(now)] == [*missing_images(now)] and len(images_to_carry(now)) == 1
    assert [a.step for a in make_plan(now).actions] == ["carry", "ready"]


def test_the_very_image_that_a_pin_names_is_carried_and_the_pin_goes() -> None:
    pins = pins_text({"nginx": f"nginx:latest@{DIGEST}"})
    here = situation(replace(GOOD, pins=pins))
    assert kept_pins(here)["nginx"] and f"nginx:latest@{DIGEST}" in missing_images(here)
    now = situation(replace(GOOD, pins=pins), CARRIED)
    assert "nginx" not in kept_pins(now) and stale_pins(now)
    assert images_to_carry(now)["nginx:latest"] == f"nginx@{DIGEST}"
    there = situation(replace(GOOD, pins=pins, images=frozenset({f"nginx@{DIGEST}"})), CARRIED)
    assert kept_pins(there)["nginx"] == f"nginx:latest@{DIGEST}"


def test_loaded_without_a_digest_is_the_end_of_it() -> None:
    """What was carried is there by its tag alone; nothing is left to be done."""
    there = installed()
    tags = frozenset(i for i in there.facts.images if "@" not in i)
    text = pins_text({}).replace("services: {}", "services:\n  nginx: {}\n  certbot: {}\n  ssrf_proxy: {}")
    now = carrying(there, images=tags, pins=text)
    assert not images_to_carry(now)
