"""Plan and status in words for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from installer.apply.plan import Plan
from installer.core.formatting import byte_size, moment
from installer.core.step_names import WEBSERVER, WEBSERVER_OFF
from installer.docker.containers import Container
from installer.operations.status import Status
from installer.registry.sizes import NOT_ASKED, Sizes
from installer.repairs.model import Repair
from installer.repairs.script import shown
from installer.state.external_report import STEPS, Tested
from installer.texts import Texts
from installer.untrusted.text import visible_line
from installer.views.review import images_to_pull


def facts_lines(data: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """``section.key = value`` a line; entries of lists are numbered from 1."""
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            value = {str(number): item for number, item in enumerate(value, 1)}
        if isinstance(value, Mapping):
            yield from facts_lines(value, f"{name}.")
        else:
            yield f"{name} = {_plain(value)}"


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else visible_line(str(value))


def plan_json(plan: Plan, sizes: Sizes = NOT_ASKED) -> Mapping[str, Any]:
    """The object that ``plan --json`` prints. *sizes*: of the images that are downloaded."""
    situation = plan.situation
    return {
        **plan.as_json(),
        "needed_compose": _compose(plan),
        "downloads": [
            {"image": d.image, "bytes": d.size, "present": d.present} for d in sizes.downloads(situation)
        ],
        "download_bytes": sizes.download(situation),
    }


def _compose(plan: Plan) -> dict[str, str]:
    """The Compose that is needed, and by whom."""
    model, config = plan.situation.model, plan.situation.configuration
    return {
        "release": model.needed_compose.version,
        "override": config.override_compose.version,
        "needed": config.needed_compose.version,
    }


def plan_lines(plan: Plan, texts: Texts, sizes: Sizes = NOT_ASKED) -> Iterator[str]:
    """The whole plan, as Review would show it. *sizes*: of the images that are downloaded."""
    config, answers = plan.situation.configuration, plan.situation.answers
    yield texts.say("plan_head", version=plan.situation.model.version, url=config.base_url)
    if plan.situation.tree.archive_sha256:
        yield texts.say("release_archive", checksum=plan.situation.tree.archive_sha256)
    if not plan.changes:
        yield texts.say("plan_nothing")
        return
    yield texts.say("plan_steps")
    for number, action in enumerate(plan.actions, 1):
        params = dict(action.params)
        if "bytes" in params:
            params["bytes"] = byte_size(int(params["bytes"]))
        yield f"  {number}. {texts.step(action.step, params)}"
    yield from _download_line(plan, texts, sizes)
    yield from _beside_lines(plan, texts)
    needed = {name for problem in plan.blockers for name in problem.repairs}
    for repair in (r for r in plan.repairs if r.id in needed or r.id in plan.chosen):
        yield from repair_lines(repair, texts)
    yield from external_lines(plan.situation.external, texts)
    if config.elsewhere:
        yield texts.say("plan_elsewhere", services=", ".join(config.elsewhere))
    yield texts.say("plan_ports")
    for port in config.ports:
        key = "plan_port_open" if port.open_to_world else "plan_port_closed"
        yield "  " + texts.say(key, address=port.address, port=str(port.host_port), service=port.service)
    if (about := config.certificate) is not None:
        key = "plan_certificate_self" if about.self_signed else "plan_certificate"
        names, at = ", ".join(about.names), moment(about.not_after.timestamp())
        yield texts.say(key, names=names, issuer=about.issuer, at=at)
    need = _compose(plan)
    yield texts.say("plan_compose", needed=need["needed"], release=need["release"], override=need["override"])
    files = [f.path for action in plan.actions for f in action.files]
    if files:
        yield texts.say("plan_files", count=str(len(files)), directory=answers.docker_folder)


def external_lines(results: Sequence[Tested], texts: Texts) -> Iterator[str]:
    """The results of testing the external services, a line for each."""
    for tested in results:
        said = (
            f"{texts.external_step(step)}: {texts.external_mark(tested.marks.get(step, 'unknown'))}"
            for step in STEPS
        )
        shown_as = f"{tested.service} {tested.version}" if tested.version else tested.service
        yield texts.say("external_line", service=shown_as, address=tested.address, marks=", ".join(said))
        if tested.place == "server":
            yield texts.say("external_from_server")


def _beside_lines(plan: Plan, texts: Texts) -> Iterator[str]:
    """What is run and written outside of the installation's folder, word for word."""
    for action in plan.actions:
        if action.step in (WEBSERVER, WEBSERVER_OFF):
            yield texts.say("step_runs", title=texts.step(action.step))
            yield from (f"    {line}" for line in shown(action.stages))


def _download_line(plan: Plan, texts: Texts, sizes: Sizes) -> Iterator[str]:
    images, size = images_to_pull(plan), sizes.download(plan.situation)
    if images:
        key = "plan_download" if size is not None else "plan_download_unknown"
        yield texts.say(key, images=str(images), size=byte_size(size or 0))


def repair_lines(repair: Repair, texts: Texts) -> Iterator[str]:
    """Exactly what a repair runs and changes."""
    title = texts.repair(repair.id, repair.params).title
    yield "  " + texts.say("repair_runs", title=title)
    yield from (f"    {line}" for line in repair.commands)
    if repair.changes:
        yield "  " + texts.say("repair_changes", title=title, changes=", ".join(repair.changes))


def _word(kind: str, word: str, texts: Texts) -> str:
    """Docker's *word* in the reader's language; one that we do not know as it is."""
    try:
        return texts.say(f"{kind}_{word}")
    except KeyError:
        return word


def _state(container: Container, texts: Texts) -> str:
    word = _word("container", container.state, texts)
    return word if container.state == "running" else f"{word} ({container.exit_code})"


def certificate_lines(status: Status, texts: Texts) -> Iterator[str]:
    """What browsers are shown, and whether the machine renews it."""
    there = status.certificate
    if there is None:
        return
    info, renewal = there.info, there.renewal
    until = moment(info.not_after.timestamp())
    names, days = ", ".join(info.names), str(info.days_left)
    key = "certificate" if info.not_after > info.judged else "certificate_over"
    yield texts.say(key, names=names, issuer=info.issuer, until=until, days=days)
    if renewal is None:
        return
    if renewal.at is None:
        yield texts.say("renewal_never")
        return
    at = moment(renewal.at.timestamp())
    then = moment(renewal.next.timestamp()) if renewal.next else ""
    yield texts.say("renewal_well" if renewal.well else "renewal_failed", at=at, next=then)


def status_rows(status: Status, texts: Texts) -> Sequence[Sequence[str]]:
    """The container table with its header."""
    head = [texts.say(f"column_{n}") for n in ("service", "state", "health", "image", "ports", "restarts")]
    rows = [
        [
            c.service,
            _state(c, texts),
            _word("health", c.health, texts) or "-",
            c.image.partition("@")[0],  # a digest would push everything else off the terminal
            ", ".join(c.ports) or "-",
            str(c.restarts),
        ]
        for c in status.containers
    ]
    return [head, *rows]
