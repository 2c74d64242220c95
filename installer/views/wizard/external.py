"""External services: which of the answers count, what is still needed, and the results of testing. Pure.

What was typed for a kind that is not chosen any more stays in the state, so that changing one's mind back
loses nothing; it just does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from installer.answers import Answers as All
from installer.answers import Secrets as Given
from installer.answers.external_checks import holds_login, secret_problem
from installer.answers.external_services import SECTIONS, belongs, chosen, entry_of, field_of, is_secret
from installer.answers.optional import NO_SETTINGS
from installer.config.external import of_another_place
from installer.core.errors import Code, InstallError
from installer.views.wizard.credentials import env_in_use
from installer.views.wizard.latest import Latest
from installer.views.wizard.state import Missing

if TYPE_CHECKING:
    from installer.answers import Answers, Secrets
    from installer.answers.external_services import Chosen
    from installer.core.secrets import Secret
    from installer.release.envfile import EnvFile
    from installer.release.model import ReleaseModel
    from installer.state.external_report import Tested
    from installer.views.wizard.state import Trial, WizardState

#: Everything that can be tried.
TRIED = (*SECTIONS, "mail")


def counted(answers: Answers, model: ReleaseModel | None) -> Answers:
    """*answers* with only those settings that belong to a service which is chosen, and which the release
    knows, where it is there."""
    named = {service.section: service.entry for service in chosen(answers)}
    changed: dict[str, Any] = {}
    for section in SECTIONS:
        part = getattr(answers, section)
        entry = named.get(section, {})
        known = {
            name: value
            for name, value in part.settings.items()
            if value and belongs(entry, name) and (model is None or model.knows(name))
        }
        if known != part.settings:
            changed[section] = replace(part, settings=MappingProxyType(known) if known else NO_SETTINGS)
    return replace(answers, **changed) if changed else answers


def counted_secrets(
    answers: Answers, secrets: Secrets, model: ReleaseModel | None
) -> Mapping[str, Mapping[str, Secret]]:
    """Those of the services that are chosen; see ``counted``."""
    found: dict[str, Mapping[str, Secret]] = {}
    for service in chosen(answers):
        given = {
            name: value
            for name, value in secrets.external.get(service.section, {}).items()
            if belongs(service.entry, name) and (model is None or model.knows(name))
        }
        if given:
            found[service.section] = MappingProxyType(given)
    return MappingProxyType(found)


def with_setting(answers: Answers, section: str, name: str, value: str) -> Answers:
    """*answers* with *value* for the variable *name*; an empty one is no answer."""
    part = getattr(answers, section)
    settings = {key: text for key, text in part.settings.items() if key != name}
    if value:
        settings[name] = value
    return replace(answers, **{section: replace(part, settings=MappingProxyType(settings))})


def with_secret(secrets: Secrets, section: str, name: str, value: Secret | None) -> Secrets:
    """*secrets* with *value* for the variable *name*; None is not given."""
    given = {key: text for key, text in secrets.external.get(section, {}).items() if key != name}
    if value is not None:
        given[name] = value
    return replace(secrets, external=MappingProxyType({**secrets.external, section: MappingProxyType(given)}))


# ------------------------------------------------------------------------------- still needed


def missing_secrets(state: WizardState, answers: Answers) -> Iterator[Missing]:
    """Secrets without which a service cannot be used: drafts and files of answers hold none. One in the
    ``.env`` in use stays, as long as it is of the same place. And those that cannot be used. *answers*: those
    that count."""
    model = state.release.model
    kept = in_use(state, answers)
    for service in chosen(answers):
        given = state.secrets.external.get(service.section, {})
        for name in service.entry.get("required", ()):
            known = model is None or model.knows(name)
            if is_secret(name) and known and not given.get(name) and name not in kept:
                params = {"service": service.name, **meaning_of(service.section, service.kind, name)}
                yield Missing("external_needed", f"secrets.{service.section}.{name}", params)
        for name, value in given.items():
            if belongs(service.entry, name) and secret_problem(service, name, value):
                yield Missing("external_password", f"secrets.{service.section}.{name}")


_kept: Latest[frozenset[str]] = Latest()


def in_use(state: WizardState, answers: Answers) -> frozenset[str]:
    """The secret variables that stay as the ``.env`` in use has them if nothing else is given."""
    services = chosen(answers)
    env = env_in_use(state) if services else None
    if env is None:
        _kept.forget()
        return frozenset()
    settings = tuple(getattr(answers, service.section).settings for service in services)
    return _kept.of(env, services, settings, make=lambda: _secrets_of(answers, env, services))


def _secrets_of(answers: Answers, env: EnvFile, services: tuple[Chosen, ...]) -> frozenset[str]:
    values = of_another_place(answers, env).values()
    named = (name for name, value in values.items() if value and is_secret(name))
    return frozenset(name for name in named if any(belongs(s.entry, name) for s in services))


def meaning_of(section: str, kind: str, name: str) -> Mapping[str, str]:
    """What names the variable *name* in a sentence: the key of its texts, and itself."""
    return {"meaning": field_of(name, entry_of(section, kind)).meaning, "name": name}


def sentence(answers: Answers, key: str, problem: InstallError) -> tuple[str, Mapping[str, str]] | None:
    """The words for *problem* of the setting *key* (``SECTION.settings.VARIABLE``), and what fills them; None
    for anything else."""
    section, _, name = key.partition(".settings.")
    service = next((s for s in chosen(answers) if s.section == section), None)
    if not name or service is None:
        return None
    params = {"service": service.name, **meaning_of(section, service.kind, name)}
    if problem.code is Code.EXTERNAL_LOOPBACK:
        return "external_loopback", {**params, "address": problem.params.get("address", "")}
    if not problem.params.get("value"):
        return "external_needed", params
    if holds_login(getattr(answers, section).settings.get(name, "")):
        return "external_login", params
    kinds = {"port": "port_range", "number": "external_number", "host": "address", "file": "file_path"}
    kinds["url"] = "external_url"
    said = {n: text for n, text in problem.params.items() if n != "key"}
    return kinds.get(field_of(name, service.entry).type, "value"), {**said, **params}


# -------------------------------------------------------------------------------------- tried


def described(answers: Answers, secrets: Secrets, section: str) -> tuple[object, ...]:
    """Everything that the outcome of trying *section* depends on: what is typed there; the place, whose
    passwords in use count where none is typed; the release, which needs certain versions."""
    about = answers.release, answers.directory, answers.project
    if section == "mail":
        return *about, answers.mail, secrets.mail_password, secrets.mail_api_key
    return *about, getattr(answers, section), dict(secrets.external.get(section, {}))


def alone(answers: Answers, secrets: Secrets, section: str) -> tuple[Answers, Secrets]:
    """What trying *section* needs of them: nothing that is wrong elsewhere is to keep it from being tried."""
    parts = ("target", "release", "registry", section)
    given = {section: secrets.external[section]} if section in secrets.external else {}
    mail = section == "mail"
    return All(**{part: getattr(answers, part) for part in parts}), Given(
        external=MappingProxyType(given),
        mail_password=secrets.mail_password if mail else None,
        mail_api_key=secrets.mail_api_key if mail else None,
    )


def still_true(before: WizardState, now: WizardState) -> Trial:
    """What was found that holds for the answers of *now*, too."""
    trial = now.trial
    if not trial.found and not trial.errors:
        return trial
    same = [
        section
        for section in TRIED
        if described(before.answers, before.secrets, section) == described(now.answers, now.secrets, section)
    ]
    found = {section: tested for section, tested in trial.found.items() if section in same}
    errors = {section: error for section, error in trial.errors.items() if section in same}
    if len(found) == len(trial.found) and len(errors) == len(trial.errors):
        return trial
    return replace(trial, found=found, errors=errors)


def for_this_place(before: WizardState, now: WizardState) -> Secrets:
    """The secrets of *now* without those that were proved right somewhere else: a service took them, and now
    another address is named. Until they were proved an address is still being corrected, and they stay."""
    external = dict(now.secrets.external)
    for service in chosen(before.answers):
        tested = before.trial.found.get(service.section)
        proved = tested is not None and tested.marks.get("login") == "ok"
        if proved and _place(before.answers, service) != _place(now.answers, service):
            external.pop(service.section, None)
    if len(external) == len(now.secrets.external):
        return now.secrets
    return replace(now.secrets, external=MappingProxyType(external))


def _place(answers: Answers, service: Chosen) -> tuple[str, ...]:
    settings, names = getattr(answers, service.section).settings, service.entry.get("address", {})
    return tuple(settings.get(names[part], "") for part in ("host", "hosts", "url") if part in names)


def tried(trial: Trial) -> tuple[Tested, ...]:
    """All that was found, in the order of the answers file."""
    return tuple(trial.found[section] for section in TRIED if section in trial.found)


def with_found(trial: Trial, results: tuple[Tested, ...]) -> Trial:
    """*trial* with newer *results*."""
    if not results:
        return trial
    newer = {tested.section: tested for tested in results}
    errors = {section: error for section, error in trial.errors.items() if section not in newer}
    return replace(trial, found={**trial.found, **newer}, errors=errors)
