"""What the command line says about repairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers.model import Repairs
from installer.apply.plan import Plan, make_plan
from installer.cli.output import Output
from installer.cli.show import plan_lines
from installer.core.secrets import Redactor
from installer.facts.model import DockerFacts, Engine, PackageLock, Packages, Process
from installer.texts import LANGUAGES, Texts
from tests.situations import ANSWERS, GOOD, installed, situation
from tests.unit.repairs.test_offered import DEBIAN


def bare(*allow: str) -> Plan:
    system = replace(DEBIAN, memory=2 << 30)
    found = replace(GOOD, system=system, docker=DockerFacts(), engine=Engine())
    return make_plan(situation(found, replace(ANSWERS, repairs=Repairs(allow))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_shows_every_command_and_change(language: str) -> None:
    plan = bare("docker.install")
    texts = Texts(language)
    lines = list(plan_lines(plan, texts))
    words = texts.repair("docker.install", plan.repairs[0].params)
    assert f"  1. {words.plan}" in lines
    assert "Debian 13" in words.plan and "2.24.4" in words.plan
    for command in plan.repairs[0].commands:
        assert f"    {command}" in lines
    assert any(
        "/etc/apt/sources.list.d/dify-installer-docker.sources" in line and words.title in line
        for line in lines
    )


def test_repairs_that_nobody_needs_are_not_spelled_out() -> None:
    plan = bare("docker.install")
    assert "swap.add" in {r.id for r in plan.repairs}
    assert not any("mkswap" in line for line in plan_lines(plan, Texts("en")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_blocked_is_told_how_to_allow_the_repair(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Output(Texts(language), Redactor(), as_json=False).blocked(bare())
    said = capsys.readouterr().err
    assert '"docker.install"' in said and "[repairs]" in said
    assert "package docker-ce" in said


def test_something_still_wrong_after_repairs_is_not_called_unchanged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = Output(Texts("en"), Redactor(), as_json=False)
    output.blocked(bare(), repaired=True)
    assert "Nothing was changed" not in capsys.readouterr().err


def test_a_step_has_the_repairs_title() -> None:
    assert Texts("en").step("repair:docker.install") == "Install Docker"
    assert Texts("en").step("repair:docker.install:download") == "Install Docker"


def test_waiting_alone_is_no_change() -> None:
    busy = PackageLock("/var/lib/dpkg/lock-frontend", Process(7, "apt", "apt upgrade"))
    ours = installed(packages=Packages(manager="apt", locks=(busy,)))
    plan = make_plan(replace(ours, answers=replace(ours.answers, repairs=Repairs(("packages.wait",)))))
    assert plan.chosen == ("packages.wait",)
    assert [a.step for a in plan.actions] == ["repair:packages.wait", "ready"]
    assert not plan.changes
    assert plan.repairs[0].params["holder"] == "apt (pid 7)"
