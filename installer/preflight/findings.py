"""Judges a situation: what stops the installation (blockers) and what one should know (warnings).

Pure. The plan's blockers are the only source of "why not", for both front ends. Which findings stop is data
(``resources/checks.toml``); what makes one is in ``installer.preflight``, a module for each subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from installer.answers import Answers
from installer.answers.model import LOOPBACK
from installer.core.errors import Code
from installer.core.finding import Finding, Way, finding
from installer.core.formatting import moment
from installer.core.thresholds import threshold
from installer.facts.model import Facts
from installer.facts.port_holders import port_holder
from installer.https.reverse_proxy.place import foreign
from installer.preflight.certificates import judge_certificates, keeps_out
from installer.preflight.desktop import judge_desktop
from installer.preflight.engine import (
    judge_compose,
    judge_docker,
    judge_profile,
    judge_rootless,
    judge_setup,
)
from installer.preflight.firewall_selinux import judge_firewall, judge_pool, judge_selinux
from installer.preflight.kernel_settings import judge_kernel_settings
from installer.preflight.machine import judge_machine, judge_packages, judge_parts
from installer.preflight.owners import judge_owners
from installer.preflight.ports import judge_port, judge_ports
from installer.preflight.storage import judge_disk, judge_filesystem
from installer.preflight.target_folder import (
    judge_data,
    judge_directory,
    judge_env,
    judge_others,
    judge_project,
    judge_release,
    judge_source,
    judge_stores,
    judge_volumes,
)
from installer.preflight.webserver import judge_webserver
from installer.state.desired import changed_by_hand
from installer.state.plan_input import Situation

__all__ = ["Finding", "Way", "blockers", "early_findings", "findings", "port_holder", "warnings"]


#: Address, port number and purpose of what will be published.
Published = tuple[str, int, str]


def blockers(situation: Situation) -> tuple[Finding, ...]:
    """Everything that must change before the installation can begin."""
    return tuple(p for p in findings(situation) if p.weight == "stop")


def warnings(situation: Situation) -> tuple[Finding, ...]:
    """What does not stop it, but should be known before."""
    return tuple(p for p in findings(situation) if p.weight == "warning")


def findings(situation: Situation) -> Iterator[Finding]:
    """All of them, causes before what follows from them."""
    facts, config = situation.facts, situation.configuration
    yield from _without_release(situation.answers, facts)
    if not any(judge_docker(facts)):
        yield from judge_compose(facts, config.needed_compose)
        yield from judge_disk(situation)
    yield from judge_parts(situation)
    yield from judge_release(situation)
    yield from judge_volumes(situation)
    yield from judge_stores(situation)
    yield from (found for tested in situation.external for found in tested.findings)
    yield from judge_ports(situation)
    yield from judge_rootless(facts, tuple(p.host_port for p in config.ports))
    yield from judge_firewall(facts, tuple(p.host_port for p in config.ports if p.address not in LOOPBACK))
    yield from _configuration(situation)


def early_findings(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Those that need no release. What is said here is not taken back once the release is known."""
    yield from _without_release(answers, facts)
    ports = web_ports(answers)
    taken = frozenset(port for _, port, _ in ports)
    for address, port, purpose in ports:
        yield from judge_port(facts, answers.project, address, port, purpose, taken)


def web_ports(answers: Answers) -> tuple[Published, ...]:
    """The ports that are certain without a release."""
    web = {"http": answers.ports.http, "https": answers.ports.https}
    return tuple((answers.site.bind, port, purpose) for purpose, port in web.items() if port)


def _without_release(answers: Answers, facts: Facts) -> Iterator[Finding]:
    yield from judge_machine(facts)
    yield from judge_kernel_settings(answers, facts)
    yield from judge_packages(facts)
    yield from judge_docker(facts)
    yield from judge_desktop(answers, facts)
    yield from judge_setup(answers, facts)
    yield from judge_profile(answers, facts)
    yield from judge_filesystem(answers, facts)
    yield from judge_directory(answers, facts)
    yield from judge_owners(answers, facts)
    yield from judge_project(answers, facts)
    yield from judge_data(answers, facts)
    yield from judge_env(answers, facts)
    yield from judge_others(answers, facts)
    yield from judge_source(answers, facts)
    yield from judge_selinux(answers, facts)
    yield from judge_pool(facts)
    yield from judge_encryption(answers, facts)
    yield from judge_webserver(answers, facts)
    yield from judge_certificates(answers, facts)


def judge_encryption(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Will browsers that keep an HSTS entry be locked out? Will passwords travel readable?"""
    if keeps_out(answers, facts):
        yield finding(Code.TLS_HSTS_LEFT, {"name": answers.site_address})
    if not answers.tls.way.encrypted and not answers.site.inside_only:
        yield finding(Code.TLS_OFF, {"url": answers.base_url})


def _configuration(situation: Situation) -> Iterable[Finding]:
    unknown = situation.configuration.unknown_env
    if unknown:
        yield finding(Code.ENV_KEY_UNKNOWN, {"keys": ", ".join(unknown)})
    other = foreign(situation)
    edited = (*changed_by_hand(situation), *((other,) if other else ()))
    if edited:
        yield finding(Code.FILES_CHANGED, {"files": ", ".join(edited)})
    about = situation.configuration.certificate
    if about is not None and about.days_left < threshold("certificate", "warn"):
        at = moment(about.not_after.timestamp())
        yield finding(Code.CERTIFICATE_EXPIRES, {"at": at, "days": str(about.days_left)})
    if situation.listed:
        params = {"version": situation.model.version, "at": moment(situation.listed)}
        yield finding(Code.RELEASE_LIST_OLD, params)
    if situation.model.not_understood:
        yield finding(Code.RELEASE_PARTLY_UNKNOWN, {"parts": ", ".join(situation.model.not_understood)})
