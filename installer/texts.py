"""What both front ends say: code → sentences in a language, from ``resources/texts/<language>/*.toml``.

Files: ``errors`` (per code: what happened, why, what to do), ``steps`` (per step: title), ``cli`` (the
command line's own words), ``checks`` (the rows of the checks), ``network`` (hosting providers), ``services``
and ``stores`` (what they are for), ``repairs`` (title, plan, what to know), ``diagnosis`` (failures that
logs show), ``advisories`` (security holes of releases), ``gate`` (while it is waited until Dify answers),
``external`` (settings of external services, and what is tested). A
test proves that every code, step, check, service, store, repair and hole has its text in every language, with
the same fields.
"""

from __future__ import annotations

import locale
import os
import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from installer.core.resources import read_text
from installer.core.step_names import repair_of
from installer.release.services import service as known_service

if TYPE_CHECKING:
    from installer.state.history import Entry

LANGUAGES = ("en", "ja")
TABLES = (
    *("errors", "steps", "cli", "checks", "network", "services", "stores", "repairs", "diagnosis", "gate"),
    *("bundle", "history", "advisories", "external"),
)
#: The window's own words, in ``ui/``: one table per page, so that a page reads only its own.
UI_TABLES = (
    *("common", "shell", "busy", "missing", "dialogs"),
    *("welcome", "where", "login", "checks", "settings", "review", "install", "undo", "done", "report"),
    *("overview", "containers", "logs", "certificate", "server", "servers", "dns", "tray"),
)
_SENTENCE_END = re.compile(r"(?<=\. )|(?<=。)|(?<= — )")


@dataclass(frozen=True)
class Explanation:
    """An error for people: *what* happened, the likely *why*, what to *do* now. *why* may be empty."""

    what: str
    why: str
    do: str


@dataclass(frozen=True)
class StoreText:
    """A vector store for people: its *name*, what it is *about*, and *who* should choose it."""

    name: str
    about: str
    who: str


@dataclass(frozen=True)
class FieldText:
    """A setting of an external service: its *label*, and *help*, what to put there."""

    label: str
    help: str


@dataclass(frozen=True)
class RepairText:
    """A repair for people: its *title*, the *plan*, and what it is *about*."""

    title: str
    plan: str
    about: str


def pick_language(asked: str = "", environment: Mapping[str, str] | None = None) -> str:
    """The language to speak: *asked*, else the environment's (LC_ALL, LC_MESSAGES, LANG), else the
    platform's, else English."""
    env = os.environ if environment is None else environment
    candidates = [asked, *(env.get(k, "") for k in ("LC_ALL", "LC_MESSAGES", "LANG"))]
    if environment is None:
        candidates.append((locale.getlocale()[0] or "").replace("Japanese", "ja"))
    for candidate in filter(None, candidates):
        short = candidate.replace("-", "_").partition("_")[0].partition(".")[0].lower()
        if short in LANGUAGES:
            return short
        if short not in ("c", "posix"):
            break  # a language we do not have: English, not the next variable's
    return "en"


@cache
def table(language: str, name: str) -> Mapping[str, Any]:
    """The parsed ``resources/texts/<language>/<name>.toml``. Shared: do not change it."""
    return tomllib.loads(read_text(f"texts/{language}/{name}.toml"))


def fill(template: str, params: Mapping[str, str]) -> str:
    """*template* with its ``{fields}`` from *params*; an empty field shows as ``?``."""
    return template.format_map({name: params.get(name, "") or "?" for name in _fields(template)})


def _variant(entry: object, params: Mapping[str, str]) -> str:
    """*entry*, or of several the one that ``params["variant"]`` names."""
    if isinstance(entry, Mapping):
        entry = entry.get(params.get("variant", "other"), entry["other"])
    return str(entry)


def on_screen(entry: Mapping[str, Any], part: str) -> Any:
    """*part* (``what``, ``why``, ``do``) of an error's *entry* for a user who sees only the window. Of the
    sentences for several reasons only those that differ there are written twice."""
    plain, screen = entry[part], entry.get(f"{part}_screen", entry[part])
    both = isinstance(plain, Mapping) and isinstance(screen, Mapping)
    return {**plain, **screen} if both else screen


def _of_reason(entry: Any, params: Mapping[str, str]) -> str:
    """*entry*, or of a sentence for each reason the one that the error names."""
    if isinstance(entry, Mapping):
        entry = entry.get(params.get("reason", ""), entry["other"])
    return str(entry)


def known_part(template: str, params: Mapping[str, str]) -> str:
    """*template* without the sentences that would say nothing, as all their fields are empty."""
    said = (s for s in _SENTENCE_END.split(template) if _says_something(_fields(s), params))
    return "".join(said).strip(" —")


def _says_something(fields: set[str], params: Mapping[str, str]) -> bool:
    return not fields or any(params.get(name) for name in fields)


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _kind_of(entry: Entry, kinds: Mapping[str, str]) -> str:
    """Which of several sentences says what *entry* is about: services, a part of the work, an exit code."""
    ended = entry.params.get("ended", "")
    if ended and ended not in kinds:
        return "failed"
    if "services" in kinds and entry.params.get("services"):
        return "services"
    return ended or entry.params.get("part", "")


class Texts:
    """All texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def explain(self, code: str, params: Mapping[str, str], *, screen: bool = False) -> Explanation:
        """The three sentences for *code*; with *screen* those for a user who sees only the window, where
        they differ (``what_screen``, ``why_screen``, ``do_screen``)."""
        entry = table(self.language, "errors").get(code) or table(self.language, "errors")["internal"]
        if screen:
            entry = {name: on_screen(entry, name) for name in ("what", "why", "do")}
        if params.get("step"):
            params = {**params, "step": self.step(params["step"])}
        why, do = (_of_reason(entry[name], params) for name in ("why", "do"))
        why = known_part(why, params)
        return Explanation(fill(entry["what"], params), fill(why, params), fill(do, params))

    def failure(self, catalogue: str) -> Explanation:
        """The three sentences for a failure that a log shows (an id of ``resources/diagnosis.toml``)."""
        entry = table(self.language, "diagnosis")[catalogue]
        return Explanation(entry["what"], entry["why"], entry["do"])

    def step(self, step: str, params: Mapping[str, str] | None = None) -> str:
        """A step's title; with *params* the sentence that says what it will do."""
        repair = repair_of(step)
        entry = (
            self._repair(repair) if repair else table(self.language, "steps").get(step.partition(":")[0], {})
        )
        template = entry.get("plan") if params is not None else entry.get("title")
        return fill(template, params or {}) if template else step

    def repair(self, repair_id: str, params: Mapping[str, str]) -> RepairText:
        """What a repair is called, what it will do, and what one should know before choosing it."""
        entry = self._repair(repair_id)
        parts = ("title", "plan", "about")
        return RepairText(
            *(fill(_variant(entry[p], params), params) if p in entry else repair_id for p in parts)
        )

    def _repair(self, repair_id: str) -> Mapping[str, Any]:
        known: Mapping[str, Mapping[str, Any]] = table(self.language, "repairs")
        return known.get(repair_id, {})

    def say(self, key: str, **params: str) -> str:
        """A sentence of the command line."""
        return fill(str(table(self.language, "cli")[key]), params)

    def ui(self, key: str, **params: str) -> str:
        """A text of the window: ``table.name``, see ``UI_TABLES``."""
        page, _, name = key.partition(".")
        return fill(str(table(self.language, f"ui/{page}")[name]), params)

    def duration(self, seconds: float) -> str:
        """``38 s``, ``2 min 05 s``, ``3 h 12 min``, ``4 d``."""
        whole = max(0, int(seconds))
        minutes, hours = whole // 60, whole // 3600
        if whole < 60:
            return self.ui("common.seconds", s=str(whole))
        if hours < 1:
            return self.ui("common.minutes", m=str(minutes), s=f"{whole % 60:02}")
        if hours < 48:
            return self.ui("common.hours", h=str(hours), m=f"{minutes % 60:02}")
        return self.ui("common.days", d=str(hours // 24))

    def check_name(self, check_id: str, params: Mapping[str, str]) -> str:
        """The name of a row of the checks (``check_list.Check``)."""
        return fill(str(self._check(check_id)["name"]), params)

    def check_evidence(self, check_id: str, verdict: str, params: Mapping[str, str]) -> str:
        """What was found, as a few words. A row that no text knows says what its finding says."""
        found = self._check(check_id).get(verdict)
        if isinstance(found, Mapping):
            keys = (params.get("variant", ""), params.get("code", ""), "other")
            found = next((found[key] for key in keys if key in found), None)
        if found is None:
            entry = table(self.language, "errors").get(check_id.partition(":")[0], {})
            found = entry.get("what_screen", entry.get("what", ""))
        return fill(str(found), params)

    def way(self, way_id: str, params: Mapping[str, str]) -> str:
        """A way out of a finding (``checks.Way``), for people who write an answers file."""
        return fill(str(table(self.language, "checks")["way"][way_id]), params)

    def _check(self, check_id: str) -> Mapping[str, Any]:
        known: Mapping[str, Mapping[str, Any]] = table(self.language, "checks")["check"]
        base = check_id.partition(":")[0]
        return known.get(base) or table(self.language, "network")["check"].get(base, known["other"])

    def group(self, group: str) -> str:
        """The title of a group of checks; ``computer`` is the server's, when that is this computer."""
        return str(table(self.language, "checks")["group"].get(group, group))

    def verdict(self, verdict: str) -> str:
        """A verdict in a word or two."""
        return str(table(self.language, "checks")["verdict"].get(verdict, verdict))

    def service(self, name: str) -> str:
        """What the service *name* is for, in a few words; by its role if the service has no text."""
        texts = table(self.language, "services")
        role = texts["role"].get(known_service(name).get("role"), texts["role"]["other"])
        return str(texts["service"].get(name, role))

    def provider(self, name: str, **params: str) -> tuple[str, str]:
        """A hosting provider's name (an id of ``resources/providers.toml``; empty: not recognised), and where
        a port is opened there."""
        known = table(self.language, "network")["provider"]
        entry = known.get(name, known["other"])
        return str(entry["name"]), fill(str(entry["hint"]), params)

    def reach(self, name: str, **params: str) -> str:
        """``open``: from outside; or ``unknown_…`` with the reason why that is not known."""
        known = table(self.language, "network")["reach"]
        return fill(str(known.get(name, known["unknown"])), params)

    def gate_place(self, place: str, *, local: bool = False) -> str:
        """A place where Dify is to answer: ``inside``, ``server`` or ``here``; *local*: on this computer."""
        names = table(self.language, "gate")["place"]
        return str(names[f"{place}_local"] if local and f"{place}_local" in names else names[place])

    def gate_word(self, word: str) -> str:
        """Whether Dify answers there (``events.GateLook``)."""
        return str(table(self.language, "gate")["word"][word])

    def gate_line(self, places: Mapping[str, str]) -> str:
        """The words of all places (``inside``, ``server``, ``here``) in one line."""
        return fill(
            str(table(self.language, "gate")["line"]), {n: self.gate_word(w) for n, w in places.items()}
        )

    def waiting(self, service: str, state: str, time: str) -> str:
        """That *service* is waited for since *time* (a duration in words), and why (``events.Waiting``)."""
        known = table(self.language, "gate")["state"]
        return fill(str(known.get(state, known["other"])), {"service": service, "time": time})

    def bundle(self, key: str, **params: str) -> str:
        """A sentence about the report for support."""
        return fill(str(table(self.language, "bundle")[key]), params)

    def bundle_member(self, name: str) -> str:
        """What a member of the report is; "" for an unknown one."""
        known: Mapping[str, str] = table(self.language, "bundle")["member"]
        return str(known.get(name) or known.get(name.partition("/")[0], ""))

    def advisory(self, name: str) -> str:
        """What a security hole (``resources/advisories.toml``) means for people who run Dify."""
        return str(table(self.language, "advisories")[name])

    def history(self, key: str, **params: str) -> str:
        """A sentence about what happened."""
        return fill(str(table(self.language, "history")[key]), params)

    def happened(self, entry: Entry, steps: Sequence[str]) -> str:
        """An entry of the journal in words, with the titles of its *steps*; one of an unknown kind
        with what it says itself."""
        known: Mapping[str, Any] = table(self.language, "history")["entry"]
        fields = ", ".join(f"{k} = {v}" for k, v in entry.params.items())
        error = (
            self.explain(entry.code, entry.params).what if entry.code in table("en", "errors") else entry.code
        )
        params = {
            **entry.params,
            "what": entry.what,
            "fields": fields or "·",
            "error": error,
            "steps": self._listed(self.step(s) for s in steps),
        }
        if repairs := [r for r in entry.params.get("repairs", "").split(", ") if self._repair(r)]:
            params["repairs"] = self._listed(self.repair(r, entry.params).title for r in repairs)
        template: str | Mapping[str, str] = known.get(entry.what, known["other"])
        if isinstance(template, Mapping):
            template = template.get(_kind_of(entry, template), template["other"])
        return fill(template, params)

    def _listed(self, names: Iterable[str]) -> str:
        return ("、" if self.language == "ja" else ", ").join(names)

    def profile(self, name: str) -> str:
        """What the Compose profile *name* adds; for a vector store its name."""
        if name in table(self.language, "stores")["store"]:
            return self.store(name).name
        profiles = table(self.language, "services")["profile"]
        return str(profiles.get(name, profiles["other"]))

    def store(self, name: str) -> StoreText:
        """The vector store that ``VECTOR_STORE`` calls *name*."""
        stores = table(self.language, "stores")["store"]
        entry = stores.get(name, stores["other"])
        return StoreText(*(fill(str(entry[part]), {"name": name}) for part in ("name", "about", "who")))

    def database(self, kind: str) -> StoreText:
        """The database that ``DB_TYPE`` calls *kind*."""
        entry = table(self.language, "stores")["database"][kind]
        return StoreText(*(str(entry[part]) for part in ("name", "about", "who")))

    def external_field(self, meaning: str) -> FieldText:
        """A setting of an external service (``external.catalogue.Field.meaning``)."""
        known = table(self.language, "external")["field"]
        entry = known.get(meaning, known["other"])
        return FieldText(str(entry["label"]), str(entry["help"]))

    def external_step(self, step: str) -> str:
        """What of a service is tried (``state.external_report.STEPS``)."""
        return str(table(self.language, "external")["step"][step])

    def external_mark(self, mark: str) -> str:
        """How that went (``state.external_report.Mark``)."""
        return str(table(self.language, "external")["mark"][mark])

    def storage(self, kind: str) -> StoreText:
        """The place for files that ``STORAGE_TYPE`` calls *kind*; empty: a folder on the server."""
        entry = table(self.language, "external")["storage"].get(kind or "folder")
        if entry is None:
            entry = table(self.language, "external")["storage"]["other"]
        parts = (fill(str(entry[part]), {"name": kind}) for part in ("name", "about", "who"))
        return StoreText(*parts)

    def what_is_the_database(self) -> str:
        """The line that explains the word "database"."""
        return str(table(self.language, "stores")["what_is_database"])

    def what_is_a_store(self) -> str:
        """The line that explains the word "vector store"."""
        return str(table(self.language, "stores")["what_is"])
