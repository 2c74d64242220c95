"""A row of the checks in the person's language: all that it shows. Equal rows need not be rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from installer.answers.optional import THIS_COMPUTER
from installer.core.errors import Code
from installer.core.finding import Finding, Way, link_of
from installer.preflight.check_list import Check
from installer.repairs.model import Repair
from installer.texts import Explanation
from installer.views.wizard import (
    PageId,
    WizardState,
    awaited,
    by_address,
    is_chosen,
    left_to_settings,
    offers,
    will_be_repaired,
)
from ui.intents import (
    GoToPage,
    InstallBehindProxy,
    Intent,
    Reconnect,
    TransferImages,
    UseFolder,
    UsePort,
    UseReleaseSource,
)
from ui.style.context import Ui
from ui.widgets.pill import ICONS, Tone
from ui.wizard.checks.settings_links import WAYS, answer_of

_TONES: Mapping[str, Tone] = {"ok": "ok", "warning": "warning", "stop": "stop", "unknown": "neutral"}
_MARKS: Mapping[str, str] = {**ICONS, "unknown": "circle-question-mark"}


@dataclass(frozen=True)
class Decision:
    """Something the person can decide: a button's *text*, what it asks for, its *name* for screen readers,
    and what it would mean (*hint*). Without an intent *text* says what was decided already."""

    text: str
    intent: Intent | None = None
    name: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Offer:
    """A repair as it is shown: its short *title*, what it would do here (*plan*), what to know before."""

    repair: Repair
    title: str
    plan: str
    about: str
    chosen: bool


@dataclass(frozen=True)
class Shown:
    """A row as it is on the screen. *state* is the verdict's word, *quote* the code that one can quote,
    *command* what the person could run to stop who holds a port; *askable*: not known, with no query running;
    *addresses*: of what kinds one could be given for a repair."""

    check: Check
    name: str
    evidence: str
    state: str
    tone: Tone
    mark: str
    said: Explanation | None = None
    decisions: tuple[Decision, ...] = ()
    offers: tuple[Offer, ...] = ()
    command: str = ""
    quote: str = ""
    link: str = ""
    detail: str = ""
    note: str = ""
    askable: bool = False
    addresses: tuple[str, ...] = ()

    #: ``finding`` of a row with which nothing is wrong.
    NOTHING: ClassVar[tuple[object, ...]] = (None, (), (), (), "", "", "", "", "")

    @property
    def finding(self) -> tuple[object, ...]:
        """What stands under the line that every row has."""
        if self.said is None:
            return self.NOTHING
        ways = self.decisions, self.offers, self.addresses, self.command
        return self.said, *ways, self.quote, self.link, self.detail, self.note


def shown(ui: Ui, state: WizardState, check: Check) -> Shown:
    """*check* as it stands in *state*."""
    problem = check.problem
    word, tone, mark = _verdict(ui, state, check)
    unknown, asked = check.verdict == "unknown", check.id in awaited(state)
    return Shown(
        check,
        ui.texts.check_name(check.id, check.params),
        _evidence(ui, check, asked=asked),
        word,
        tone,
        mark,
        said=_said(ui, state, check),
        decisions=decisions(ui, state, problem) if problem else (),
        offers=tuple(_offer(ui, state, repair) for repair in offers(state, problem)),
        command=_command(problem),
        quote=_quote(problem),
        link=(problem.link if problem else "") or link_of(check.id),
        detail=problem.detail if problem else "",
        note=_note(ui, state, problem),
        askable=unknown and not asked,
        addresses=by_address(state, problem),
    )


def _evidence(ui: Ui, check: Check, *, asked: bool) -> str:
    """What was found; nothing while a row that is not known is being looked at."""
    if check.verdict == "unknown" and asked:
        return ""
    if check.verdict == "unknown" and check.params.get("variant") == "asking":
        return ui.t("checks.no_answer")  # it was being asked, and is not any more
    return ui.texts.check_evidence(check.id, check.verdict, check.params)


def _said(ui: Ui, state: WizardState, check: Check) -> Explanation | None:
    """What the finding means. Where there are buttons, they say what to do about what is in the way."""
    problem = check.problem
    if problem is None:
        return None
    said = ui.explain(problem.code.value, dict(problem.params))
    buttons = offers(state, problem) or problem.ways
    return replace(said, do="") if buttons and check.verdict == "stop" else said


def _note(ui: Ui, state: WizardState, problem: Finding | None) -> str:
    """What is plain to us, but not to a person who sees another Dify there."""
    if problem is None or problem.code not in (Code.DIRECTORY_FOREIGN, Code.DIFY_ELSEWHERE):
        return ""
    ours = any(way.id == "dify.manage" for way in problem.ways)
    notes = [] if ours else [ui.t("checks.foreign")]
    if problem.code is Code.DIFY_ELSEWHERE:
        notes.append(ui.t("checks.beside_note", directory=state.answers.directory))
    return " ".join(notes)


def _verdict(ui: Ui, state: WizardState, check: Check) -> tuple[str, Tone, str]:
    """The word, its colours and its picture."""
    if check.id in awaited(state):
        return ui.t("checks.checking"), "neutral", "ellipsis"
    if check.verdict == "stop" and will_be_repaired(state, check.problem):
        return ui.t("checks.later"), "accent", "clock"
    if left_to_settings(state, (check,)):
        return ui.t("checks.in_settings"), "accent", "clock"
    return ui.texts.verdict(check.verdict), _TONES[check.verdict], _MARKS[check.verdict]


def _quote(problem: Finding | None) -> str:
    if problem is None:
        return ""
    return " · ".join(filter(None, (problem.code.value, problem.catalogue)))


def _offer(ui: Ui, state: WizardState, repair: Repair) -> Offer:
    said = ui.texts.repair(repair.id, repair.params)
    return Offer(repair, said.title, said.plan, said.about, is_chosen(state, repair.id))


# --------------------------------------------------------------------- decisions


def decisions(ui: Ui, state: WizardState, problem: Finding) -> tuple[Decision, ...]:
    """What the person can decide about *problem* here and now."""
    found = tuple(d for way in problem.ways if (d := _decision(ui, state, problem, way)) is not None)
    settled = tuple(d for d in found if d.intent is None)
    if settled:
        return settled[:1]  # decided; judged again in a moment
    if field := answer_of(problem):
        words = ui.t(f"review.{WAYS[problem.code][0]}", **problem.params)
        return (*found, Decision(words, GoToPage(PageId.SETTINGS, field)))
    return found


def _decision(ui: Ui, state: WizardState, problem: Finding, way: Way) -> Decision | None:
    makers = {
        "ports.other": _other_port,
        "ports.behind": _behind,
        "dify.manage": _manage,
        "dify.beside": _beside,
        "session.renew": _log_in_again,
        "release.source": _source,
        "images.carry": _carry,
    }
    maker = makers.get(way.id)
    return maker(ui, state, problem, way.params) if maker else None


def _other_port(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision | None:
    """Another port; once it is chosen, the row says so until it is judged again."""
    taken, free, field = problem.params["port"], params["port"], params["field"]
    chosen = getattr(state.answers.ports, field.rpartition(".")[2])
    if str(chosen) != taken:
        return Decision(ui.t("checks.port_chosen", port=str(chosen)))
    name = ui.t("checks.use_port_name", port=free, taken=taken)
    return Decision(ui.t("checks.use_port", port=free), UsePort(field, int(free)), name)


def _behind(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision:
    port = params["port"]
    hint = ui.t("checks.behind_hint", port=port)
    return Decision(ui.t("checks.behind"), InstallBehindProxy(params["field"], int(port)), hint=hint)


def _manage(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision:
    directory = params["directory"]
    name = ui.t("checks.manage_name", directory=directory)
    return Decision(ui.t("checks.manage"), UseFolder(directory, params.get("project", "")), name)


def _beside(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision | None:
    """Another folder. A Dify that is elsewhere is not in the way of the one that was chosen."""
    directory, project = params["directory"], params.get("project", "")
    if problem.code is Code.DIFY_ELSEWHERE:
        return None
    if state.answers.directory == directory:
        return Decision(ui.t("checks.beside_chosen", directory=directory))
    hint = ui.t("checks.beside_hint", directory=directory)
    name = ui.t("checks.beside_name", directory=directory)
    return Decision(ui.t("checks.beside"), UseFolder(directory, project), name, hint)


def _log_in_again(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision:
    return Decision(ui.t("checks.log_in_again"), Reconnect())


def _source(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision:
    source = params["source"]
    if state.answers.release.source == source:
        return Decision(ui.t("checks.source_chosen", source=source))
    return Decision(
        ui.t("checks.use_source"), UseReleaseSource(source), ui.t("checks.use_source_name", source=source)
    )


def _carry(ui: Ui, state: WizardState, problem: Finding, params: Mapping[str, str]) -> Decision:
    if state.answers.registry.through == THIS_COMPUTER:
        return Decision(ui.t("checks.carry_chosen"))
    return Decision(ui.t("checks.carry"), TransferImages(), hint=ui.t("checks.carry_hint"))


def _command(problem: Finding | None) -> str:
    ways = problem.ways if problem else ()
    return next((way.params.get("command", "") for way in ways if way.id == "ports.stop"), "")
