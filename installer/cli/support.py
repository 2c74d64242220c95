"""The commands about what happened: the report for support, and reading one."""

from __future__ import annotations

from pathlib import Path

from installer.cli.commands import Call
from installer.core.formatting import byte_size, moment
from installer.state.history import entries, steps_of
from installer.support.read import Report, json_member, read_bundle
from installer.support.write import make_bundle
from installer.texts import Texts
from installer.untrusted.text import safe_line

COMMANDS = frozenset({"bundle", "report"})


def run_bundle(call: Call) -> int:
    """Write the report for support."""
    path, output = Path(call.arguments.out), call.output
    with call.engine() as engine:
        manifest = make_bundle(engine, path, output.texts)
    if output.as_json:
        output.json({"path": str(path), **manifest})
        return 0
    names = ", ".join(x["name"] for x in manifest["lacking"])
    params = {"path": str(path), "size": byte_size(path.stat().st_size), "names": names}
    output.text(output.texts.bundle("saved_partly" if names else "saved", **params))
    return 0


def run_report(call: Call) -> int:
    """Print what a report says: what happened, known failures, and what is in it."""
    report = read_bundle(Path(call.arguments.file), call.cancel)
    found = entries(report.members.get("journal.jsonl", "").splitlines())
    diagnosis = json_member(report, "diagnosis.json") or []
    if call.output.as_json:
        call.output.json(
            {
                "created_at": report.created_at,
                "installer": report.installer,
                "entries": [e.as_json() for e in found],
                "diagnosis": diagnosis,
                "members": [{"name": n, "bytes": len(t.encode())} for n, t in report.members.items()],
                "lacking": [{"name": name, "code": code} for name, code in report.lacking],
                "changed": sorted(report.changed),
            }
        )
        return 0
    _timeline(call, report)
    return 0


def _timeline(call: Call, report: Report) -> None:
    say, texts = call.output.text, call.output.texts
    say(texts.history("made", time=moment(report.created_at), version=report.installer))
    if report.changed:
        say(texts.history("changed", names=", ".join(sorted(report.changed))))
    found = entries(report.members.get("journal.jsonl", "").splitlines())
    say()
    say(texts.history("happened" if found else "nothing"))
    for entry in found:
        took = "" if entry.seconds is None else f"  (+{entry.seconds:.0f} s)"
        who = f"  {entry.who}" if entry.who else ""
        say(f"  {moment(entry.at)}{who}  {texts.happened(entry, steps_of(entry))}{took}")
        for cause in entry.causes[:1]:
            say(f"      {cause.code}  {_what(texts, cause.code)}".rstrip())
            for line in cause.lines[:1]:
                say(f"        {line}")
        for line in entry.detail.splitlines()[:20]:
            say(f"      {line}")
    _known(call, report)
    say()
    say(texts.history("members"))
    for name, text in report.members.items():
        say(f"  {name}  {byte_size(len(text.encode()))}  {texts.bundle_member(name)}".rstrip())
    for name, code in report.lacking:
        say(f"  {name}  {texts.history('lacks', code=code)}")


def _what(texts: Texts, code: str) -> str:
    try:
        return texts.failure(code).what
    except KeyError:  # of a newer program, or made up
        return ""


def _known(call: Call, report: Report) -> None:
    say, texts = call.output.text, call.output.texts
    diagnosis = json_member(report, "diagnosis.json")
    findings = [f for f in diagnosis if isinstance(f, dict)] if isinstance(diagnosis, list) else []
    say()
    say(texts.history("known" if findings else "known_none"))
    for finding in findings[:50]:
        code = safe_line(str(finding.get("code", "")))
        try:
            words = texts.failure(code)
        except KeyError:
            say(f"  {code[:40]}")
            continue
        say(f"  {code}  {words.what}  ({safe_line(str(finding.get('member', '')))[:80]})")
        say(f"    {texts.say('to_do')} {words.do}")
