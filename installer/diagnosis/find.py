"""From a log to the entries of the catalogue that explain it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from installer.core.errors import KnownFailure
from installer.diagnosis.clean import cleaned
from installer.diagnosis.match import Hit, Text
from installer.diagnosis.rank import SHOWN, Candidate, merged, ranked
from installer.diagnosis.rules import WEIGHTS, Rule, harmless, neighbours_of, parts_of, rules, sources_of

#: Lines within which the second pattern of a pair must follow.
NEAR = 12
#: Lines at the end of a log that count as its end.
TAIL = 3


@dataclass(frozen=True)
class Piece:
    """Text of one source, for ``diagnose_all``. *stage*, *services*: see ``diagnose``. *state*: its lines say
    what is, in our own words (``root_cause.states``), not what a program said. *known*: an entry that it
    proves for sure, as the code that took it from a program recognised it."""

    text: str
    stage: str = ""
    services: tuple[str, ...] = ()
    state: bool = False
    known: str = ""


def diagnose(text: str, stage: str, services: Sequence[str] = ()) -> list[KnownFailure]:
    """The known failures in *text*, root causes first.

    *stage*: the catalogue's word for what was being done; one that it does not have filters nothing.
    *services*: those that the log is from; empty: not known.
    """
    return diagnose_all((Piece(text, stage, tuple(services)),))


def diagnose_all(pieces: Sequence[Piece]) -> list[KnownFailure]:
    """The known failures that *pieces* prove together: root causes first, whichever piece proves them."""
    found = merged([_candidates(piece) for piece in pieces])
    return [KnownFailure(c.code, c.lines, c.service) for c in ranked(found)]


def warm_up() -> None:
    """Read the table now, while a person waits for something else."""
    rules()
    harmless()


def _candidates(piece: Piece) -> tuple[int, list[Candidate]]:
    """How many lines *piece* has, and what speaks for what in them."""
    stages = parts_of(piece.stage)
    sources = sources_of(stages)
    noise = [entry for entry in harmless() if not entry.sources or not sources or entry.sources & sources]
    log = Text(cleaned(piece.text), () if piece.state else noise)
    find = _state_hits if piece.state else _hits
    seen = [
        _Seen(rule, order, (*find(log, rule), *_alone(log, rule, stages), *_here(log, rule, stages, piece)))
        for order, rule in enumerate(rules())
        if piece.state or _applies(rule, stages, sources, piece.services)
    ]
    over = {line for one in seen for line in one.settled(log)}
    found = [c for one in seen if (c := one.candidate(over, stages, piece.services))]
    if not found and sources and not piece.state:
        found = list(_elsewhere(log, stages, sources, piece.services))
    if piece.known and log.lines:
        found = [_known(piece.known, len(log.lines)), *(c for c in found if c.code != piece.known)]
    service = piece.services[0] if len(piece.services) == 1 else ""
    return len(log.lines), [replace(c, lines=_shown(log, c), service=service) for c in found]


def _known(code: str, lines: int) -> Candidate:
    """*code* as the sure meaning of the last of *lines* lines."""
    order, rule = next((n, rule) for n, rule in enumerate(rules()) if rule.code == code)
    hits = tuple(Hit(n, n + 1) for n in range(max(0, lines - SHOWN), lines))
    return Candidate(code, order, 3 * WEIGHTS["sure"], hits, rule.causes)


def _elsewhere(
    log: Text, stages: frozenset[str], sources: frozenset[str], services: Sequence[str]
) -> Iterator[Candidate]:
    """What is sure, but of another stage whose text comes from a like place: it proves little here."""
    near = neighbours_of(sources)
    for order, rule in enumerate(rules()):
        if not _applies(rule, stages, sources, services) and _applies(rule, frozenset(), near, services):
            sure = (pattern for pattern, weight in rule.patterns if weight == WEIGHTS["sure"])
            hits = tuple((hit, WEIGHTS["weak"]) for pattern in sure for hit in log.hits(pattern))
            if found := _Seen(rule, order, hits).candidate(set(), stages, services):
                yield found


@dataclass(frozen=True)
class _Seen:
    """What speaks for a rule, before it is known which of it is over."""

    rule: Rule
    order: int
    hits: tuple[tuple[Hit, int], ...]

    def settled(self, log: Text) -> set[int]:
        """The lines after which another says that all is well again: they explain nothing else, either."""
        if not self.hits or not self.rule.settled:
            return set()
        well = max(log.last(pattern) for pattern in self.rule.settled)
        return {line for hit, _ in self.hits if hit.first < well for line in range(hit.first, hit.end)}

    def candidate(self, over: set[int], stages: frozenset[str], services: Sequence[str]) -> Candidate | None:
        """The rule with its lines that are not *over*."""
        left = [(hit, weight) for hit, weight in self.hits if not over & {*range(hit.first, hit.end)}]
        if not left:
            return None
        best = max(weight for _, weight in left)
        own = bool(self.rule.stages & stages) + bool(self.rule.services & set(services))
        hits = tuple(sorted({hit for hit, _ in left}, key=lambda hit: (hit.first, hit.end)))
        weak = best == WEIGHTS["weak"]
        return Candidate(self.rule.code, self.order, 3 * best + own, hits, self.rule.causes, weak)


def _applies(rule: Rule, stages: frozenset[str], sources: frozenset[str], services: Sequence[str]) -> bool:
    if services and rule.services and not rule.services & set(services):
        return False
    return not sources or bool(rule.stages & stages or rule.sources & sources)


def _hits(log: Text, rule: Rule) -> Iterator[tuple[Hit, int]]:
    for pattern, weight in rule.patterns:
        yield from ((hit, weight) for hit in log.hits(pattern))
    for first, second in rule.pairs:
        yield from ((hit, WEIGHTS["sure"]) for hit in _paired(log.hits(first), log.hits(second)))
    for pattern in rule.last:
        ends = len(log.lines) - TAIL
        yield from ((hit, WEIGHTS["weak"]) for hit in log.hits(pattern) if hit.end > ends)
    for pattern in rule.repeated:
        hits = log.hits(pattern)
        yield from ((hit, WEIGHTS["usual"]) for hit in hits if len(hits) > 1)


def _alone(log: Text, rule: Rule, stages: frozenset[str]) -> Iterator[tuple[Hit, int]]:
    if rule.stages & stages and any(log.is_all(pattern) for pattern in rule.alone):
        yield Hit(0, len(log.lines)), WEIGHTS["weak"]


def _here(log: Text, rule: Rule, stages: frozenset[str], piece: Piece) -> Iterator[tuple[Hit, int]]:
    """What is ambiguous, but not at the rule's own stage in the log of its own services."""
    if piece.state or not rule.stages & stages or (rule.services and not rule.services & set(piece.services)):
        return
    for pattern in rule.here:
        yield from ((hit, WEIGHTS["sure"]) for hit in log.hits(pattern))


def _state_hits(log: Text, rule: Rule) -> Iterator[tuple[Hit, int]]:
    for pattern, weight in rule.states:
        yield from ((hit, weight) for hit in log.hits(pattern))


def _paired(first: Sequence[Hit], second: Sequence[Hit]) -> Iterator[Hit]:
    """Those of *first* that one of *second* follows soon, and that one."""
    for hit in first:
        after = next((h for h in second if 0 <= h.first - hit.first <= NEAR), None)
        if after:
            yield hit
            yield after


def _shown(log: Text, candidate: Candidate) -> tuple[str, ...]:
    lines: dict[str, None] = {}
    for hit in candidate.hits:
        lines.update(dict.fromkeys(log.shown(hit)))
    return tuple(lines)[:SHOWN]
