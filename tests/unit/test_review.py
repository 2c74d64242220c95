"""What Review unfolds: values against those in use or the release's own, and never a secret."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from installer.answers import Ports, Secrets
from installer.apply.plan import Plan, make_plan
from installer.config.render import render
from installer.core.secrets import MASK, Secret
from installer.facts.model import ContainerFacts
from installer.state.plan_input import Situation
from installer.views import review
from tests.releases import model_of, tree_of
from tests.situations import ANSWERS, GOOD, VERSION, installed, situation

CANARY = "canary-5Jq8Wn2Lr7"


def text_of(plan: Plan) -> str:
    lines = (*review.env_diff(plan), *review.override_diff(plan))
    return "\n".join(line.sign + line.text for line in lines)


def with_secrets(secrets: Secrets, **env: str) -> Plan:
    answers = replace(ANSWERS, env=env)
    config = render(answers, secrets, tree_of(VERSION), model_of(VERSION))
    return make_plan(Situation(answers, GOOD, tree_of(VERSION), model_of(VERSION), config))


def test_a_new_installation_is_compared_with_the_releases_own_file() -> None:
    plan = make_plan(situation(answers=replace(ANSWERS, ports=Ports(http=8080))))
    assert review.compared_with_release(plan)
    changes = {c.key: (c.old, c.new) for c in review.env_changes(plan)}
    assert changes["EXPOSE_NGINX_PORT"] == ("80", "8080")
    assert changes["DB_PASSWORD"] == (MASK, MASK) and changes["SECRET_KEY"] == ("", MASK)
    assert "LOG_LEVEL" not in changes
    lines = [(line.sign, line.text) for line in review.env_diff(plan)]
    assert lines.index(("-", "EXPOSE_NGINX_PORT=80")) + 1 == lines.index(("+", "EXPOSE_NGINX_PORT=8080"))
    assert list(changes) == sorted(changes)


def test_no_secret_leaves() -> None:
    secrets = Secrets(
        env=MappingProxyType({"SMTP_PASSWORD": Secret(CANARY), "ODD_NAME": Secret(CANARY + "x")})
    )
    plan = with_secrets(secrets, LOG_LEVEL=f"see-{CANARY}", SENTRY_DSN="https://key@sentry.example.jp/1")
    said = text_of(plan)
    assert CANARY not in said and "key@sentry" not in said
    config = plan.situation.configuration
    assert config.secrets and not any(secret.reveal() in said for secret in config.secrets)
    assert f"+LOG_LEVEL=see-{MASK}" in said


def test_an_installation_is_compared_with_the_values_in_use() -> None:
    facts = installed().facts
    plan = make_plan(situation(facts, replace(ANSWERS, ports=Ports(http=8080))))
    assert not review.compared_with_release(plan) and review.installed(plan)
    assert {"EXPOSE_NGINX_PORT"} <= {c.key for c in review.env_changes(plan)}
    assert "SECRET_KEY" not in {c.key for c in review.env_changes(plan)}
    config = plan.situation.configuration
    assert not any(secret.reveal() in text_of(plan) for secret in config.secrets)
    assert {line.sign for line in review.override_diff(plan)} == {" "}


def test_sizes_files_ports_and_neighbours() -> None:
    others = tuple(
        ContainerFacts(name, name, "running", "x:1", project)
        for name, project in (
            ("shop-db-1", "shop"),
            ("shop-web-1", "shop"),
            ("dify-api-1", "dify"),
            ("lone", ""),
        )
    )
    plan = make_plan(situation(replace(GOOD, containers=others)))
    assert review.other_containers(plan) == ("lone", "shop")
    files = review.written_files(plan)
    assert sum(f.size for f in files) == review.upload_bytes(plan) > 0
    assert next(f.mode for f in files if f.path == ".env") == "0600"
    assert review.images_to_pull(plan) == len(plan.situation.configuration.images)
    world, inside = review.ports_by_reach(plan)
    assert [p.host_port for p in world] == [80] and [p.host_port for p in inside] == [5003]
    assert not review.installed(plan) and review.removed_files(plan) == ()


def test_nothing_to_do() -> None:
    plan = make_plan(installed())
    assert not plan.changes and review.env_diff(plan) == () and review.written_files(plan) == ()
    assert review.upload_bytes(plan) == review.images_to_pull(plan) == 0


def test_the_override_file_is_compared_line_by_line() -> None:
    there = installed()
    facts = replace(there.facts, override=there.configuration.override_text)
    answers = replace(ANSWERS, ports=Ports(plugin_debugging_public=True))
    plan = make_plan(situation(facts, answers))
    lines = review.override_diff(plan)
    assert "".join(line.text + "\n" for line in lines if line.sign != "-") == (
        plan.situation.configuration.override_text
    )
    assert "".join(line.text + "\n" for line in lines if line.sign != "+") == facts.override
    gone = [line.text.strip() for line in lines if line.sign == "-"]
    assert any("127.0.0.1:" in text for text in gone) and len(gone) < len(lines) / 2
    first = make_plan(situation(replace(GOOD, override="services: {}  # of somebody else\n")))
    assert {line.sign for line in review.override_diff(first)} == {"+"}
