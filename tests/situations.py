"""Situations for tests of what is judged and planned: a synthetic release on a made-up target."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

from installer.config.render import Configuration, render
from installer.desired import checksum, fingerprint, wanted_files
from installer.facts.model import ContainerFacts, DirectoryFacts, DockerFacts, Facts, Record, System
from installer.record import starting
from installer.settings import Answers, Secrets
from installer.settings.model import Target
from installer.situation import Situation
from tests.releases import model_of, tree_of

VERSION = "99.0.0"
ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify"))

GOOD = Facts(
    system=System(user="root", uid=0, memory=8 << 30),
    docker=DockerFacts(path="/usr/bin/docker", client="26.1.5", server="26.1.5", compose="2.40.3"),
    directory=DirectoryFacts(writable=True, free=50 * 10**9, docker_free=50 * 10**9),
)


def situation(facts: Facts = GOOD, answers: Answers = ANSWERS, version: str = VERSION) -> Situation:
    """A first installation unless *facts* say otherwise."""
    model = model_of(version)
    existing = facts.env.reveal() if facts.env else None
    configuration = render(answers, Secrets(), tree_of(version), model, existing)
    return Situation(answers, facts, tree_of(version), model, configuration)


def installed(**changes: Any) -> Situation:
    """The same, installed and running."""
    first = _first()
    facts = replace(GOOD, **{**installed_facts(first), **changes})
    return situation(facts)


@cache
def _first() -> Situation:
    """One first installation for all, as each has random secrets of its own."""
    return situation()


def installed_facts(first: Situation) -> dict[str, Any]:
    """What the probe would find after *first* was carried out."""
    config = first.configuration
    containers = tuple(_container(config, first, name) for name in config.services)
    return {
        "directory": replace(GOOD.directory, exists=True, entries=("docker", ".dify-installer")),
        "env": config.env_text,
        "record": Record.parse(json.dumps(starting(first, "job1", fingerprint(first)))),
        "jobs": {"job1": "0"},
        "files": {path: checksum(file.data) for path, file in wanted_files(first).items()},
        "containers": containers,
        "images": frozenset(c.image for c in containers),
    }


def _container(config: Configuration, first: Situation, name: str) -> ContainerFacts:
    ended = name in config.one_shots
    image = first.model.image_of(name, config.env)
    return ContainerFacts(
        id=f"id-{name}",
        name=f"dify-{name}-1",
        state="exited" if ended else "running",
        image=image if ":" in image else f"{image}:latest",
        project="dify",
        service=name,
        working_dir="/opt/dify/docker",
        status="Exited (0) 1 minute ago" if ended else "Up 1 minute",
    )
