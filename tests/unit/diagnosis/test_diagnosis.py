"""The right entry first, root causes before consequences, and silence where all is well."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from installer.core.resources import table
from installer.diagnosis import decoded, diagnose
from tests.unit.diagnosis.catalogue import ALONE, Symptom, from_catalogue, needs_catalogue, symptoms
from tests.unit.diagnosis.variants import VARIANTS

DATA = Path(__file__).resolve().parents[2] / "data" / "diagnosis"
CASES: list[dict[str, Any]] = tomllib.loads((DATA / "literal.toml").read_text(encoding="utf-8"))["case"]
LINES: list[tuple[str, ...]] = [
    tuple(line.split("|", 3))
    for line in (DATA / "lines.txt").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
]

UNSEEN = [
    tuple(line.replace("\\n", "\n").split("|", 3))
    for line in (DATA / "unseen.txt").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
]
#: What is done to each line of a log.
OF_LINES = ("coloured", "of_compose", "timed")

#: Forms that say more than the line itself.
ADDING = ("among_others", "after_progress")

#: A cause after its consequence, each by a line of its entry, and the stage where both are looked for.
CAUSED = (
    ("start", "PG-06", "PG-01"),
    ("docker install", "INST-13", "INST-09"),
    ("docker configure", "INST-13", "INST-21"),
    ("image pull", "PULL-01", "PULL-05"),
    ("image pull", "PULL-01", "HOST-04"),
    ("start", "RDS-01", "HOST-03"),
    ("start", "RDS-01", "HOST-11"),
    ("start", "PG-05", "ENV-02"),
    ("upgrade", "NGX-01", "UPG-01"),
    ("runtime", "NGX-01", "HOST-03"),
    ("ssh connect", "SSH-01", "SSH-02"),
    ("start", "VEC-06", "VEC-04"),
    ("plugin install", "PLG-01", "HOST-04"),
    ("local docker", "DD-01", "DD-02"),
    ("docker over ssh", "DPY-01", "SSH-15"),
    ("compose up", "PG-09", "HOST-04"),
)

#: What each healthy log is: stage and services.
HEALTHY: Mapping[str, tuple[str, str]] = {
    "nginx": ("start", "nginx"),
    "api": ("first start", "api"),
    "worker": ("start", "worker"),
    "db_postgres": ("start", "db_postgres"),
    "redis": ("start", "redis"),
    "weaviate": ("start", "weaviate"),
    "plugin_daemon": ("first start", "plugin_daemon"),
    "sandbox": ("start", "sandbox"),
    "ssrf_proxy": ("start", "ssrf_proxy"),
    "web": ("start", "web"),
    "image_pull": ("image pull", ""),
    "compose_up": ("compose up", ""),
    "compose_ps": ("container start", ""),
    "docker_install": ("docker install", ""),
    "dnf": ("docker install", ""),
    "ssh": ("ssh connect", ""),
    "desktop": ("local docker", ""),
    "certbot": ("certbot", ""),
    "probe": ("open the page", ""),
    "postgres_first": ("first start", "db_postgres"),
    "mysql": ("start", "db_mysql"),
    "redis_warnings": ("start", "redis"),
    "celery": ("start", "worker"),
    "api_migrating": ("upgrade", "api"),
    "weaviate_leader": ("restart", "weaviate"),
    "qdrant": ("start", "qdrant"),
    "nginx_warnings": ("after up -d", "nginx"),
    "squid": ("start", "ssrf_proxy"),
    "apt_warnings": ("docker install", ""),
    "apt_ja": ("docker install", ""),
    "dockerd": ("docker access", ""),
}

#: The catalogue's list of lines that look bad and are not.
HARMLESS = (
    'WARN[0000] The "CERTBOT_EMAIL" variable is not set. Defaulting to a blank string.',
    "the attribute `version` is obsolete, it will be ignored",
    "docker-init_permissions-1   busybox   init_permissions   Exited (0) 2 minutes ago",
    '2026-10-03 07:41:04.230 UTC [61] FATAL:  database "dify_plugin" does not exist',
    "2026/10/03 07:41:01 pinger| FATAL: Unable to open any ICMP sockets.",
    "1:C 03 Oct 2026 07:40:58.001 # WARNING Memory overcommit must be enabled! Without it",
    "WARNING: Support for cgroup v1 is deprecated and planned to be removed by no later than May 2029",
    "debconf: unable to initialize frontend: Dialog",
)


def codes(log: str, stage: str, services: tuple[str, ...] = ()) -> list[str]:
    return [finding.code for finding in diagnose(log, stage, services)]


# ---------------------------------------------------------------- symptoms


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"])
def test_our_own_cases(case: Mapping[str, Any]) -> None:
    found = codes(case["log"], case["stage"], tuple(case.get("services", ())))
    assert found[:1] == [case["code"]]
    assert set(case.get("also", ())) <= set(found[1:])
    assert not case.get("only") or len(found) == 1


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_lines_that_programs_print(line: tuple[str, ...]) -> None:
    code, stage, service, text = line
    assert codes(text, stage, (service,) if service else ())[:1] == [code]
    assert codes(text, stage)[:1] == [code]


@pytest.mark.parametrize("number", range(len(UNSEEN)), ids=lambda n: f"{UNSEEN[n][0]}-{UNSEEN[n][3][:30]}")
def test_other_wording(number: int) -> None:
    """Of other versions, tools and languages; as it is and in one of the forms that log drivers make."""
    names = forms_of(UNSEEN[number])
    assert_found(UNSEEN[number], ("", names[number % len(names)]))


@pytest.mark.slow
def test_other_wording_in_every_form() -> None:
    for line in UNSEEN:
        assert_found(line, forms_of(line))


def forms_of(line: tuple[str, ...]) -> tuple[str, ...]:
    """Names of what is done to each of the lines."""
    return (
        OF_LINES
        if "\n" in line[3]
        else (*OF_LINES, "in_json_of_a_program", "broken_by_a_terminal", "in_journal")
    )


def assert_found(line: tuple[str, ...], forms: Sequence[str]) -> None:
    code, stage, service, text = line
    for name in forms:
        make = VARIANTS.get(name, str)
        form = "\n".join(make(part) for part in text.split("\n"))
        assert codes(form, stage, (service,) if service else ())[:1] == [code], form
        assert name or codes(form, stage)[:1] == [code], form


@needs_catalogue
@pytest.mark.parametrize("symptom", from_catalogue(), ids=lambda s: f"{s.code}-{s.line[:30]}")
def test_every_symptom_of_the_catalogue_in_every_form(symptom: Symptom) -> None:
    alone = (symptom.code, symptom.line) in ALONE
    forms = [make for name, make in VARIANTS.items() if not alone or name not in ADDING]
    for line in (symptom.line, *(make(symptom.line) for make in forms)):
        for services in {symptom.services, ()}:
            assert codes(line, symptom.stage, services)[:1] == [symptom.code], line


@needs_catalogue
def test_harmless_symptoms_count_only_where_nothing_else_was_said() -> None:
    for symptom in (s for s in from_catalogue() if (s.code, s.line) in ALONE):
        assert codes(f"{symptom.line}\nSetting up pigz", symptom.stage) == []
        assert codes(f"{symptom.line}\n{symptom.line}", symptom.stage) == [symptom.code]
        assert codes(symptom.line, "no such stage") == []
        worse = f"{symptom.line}\nno space left on device"
        assert codes(worse, f"{symptom.stage} / runtime") == ["HOST-04"]


@needs_catalogue
def test_every_entry_of_the_catalogue_has_its_symptoms_tested() -> None:
    tested = from_catalogue()
    assert {s.code for s in tested} == set(table("diagnosis")["entry"])
    assert len(tested) > 200


def test_symptoms_are_read_from_the_catalogue() -> None:
    text = "### A-01 — x\n- compose up (nginx, web) · many · blocker\n- sees: `` a `b` c ``\n- sees: `~ d`\n"
    assert list(symptoms(text)) == [
        Symptom("A-01", "compose up", ("nginx", "web"), "a `b` c"),
        Symptom("A-01", "compose up", ("nginx", "web"), "d"),
    ]


# ---------------------------------------------------------------- silence


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_logs(name: str) -> None:
    log = (DATA / "healthy" / f"{name}.log").read_text(encoding="utf-8")
    stage, service = HEALTHY[name]
    for form in (
        log,
        *("\n".join(map(VARIANTS[v], log.splitlines())) for v in ("coloured", "timed", "in_json")),
    ):
        assert codes(form, stage, (service,) if service else ()) == []
        assert codes(form, stage) == []


def test_every_healthy_log_is_tried() -> None:
    assert {path.stem for path in (DATA / "healthy").iterdir()} == set(HEALTHY)


@pytest.mark.parametrize("every_form", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("line", HARMLESS)
def test_harmless_lines(line: str, every_form: bool) -> None:
    """Wherever they stand: at each stage as they are and in one other form, or in all. Alone they prove
    something at one stage, see above."""
    own = {
        stage
        for entry in table("diagnosis")["entry"].values()
        if "alone" in entry
        for stage in entry["stages"]
    }
    forms = [make(line) for make in VARIANTS.values()]
    for number, stage in enumerate((*table("diagnosis")["stage"], "something else")):
        for form in (line, *(forms if every_form else [forms[number % len(forms)]])):
            assert codes(f"{form}\nDone", stage) == [], (stage, form)
            assert stage in own or codes(form, stage) == [], (stage, form)


def test_a_locale_warning_is_harmless_in_a_container_only() -> None:
    line = "bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)"
    assert codes(line, "start", ("api",)) == codes(line, "something else") == []
    assert codes(line, "remote commands") == ["SSH-14"]


def test_what_machines_say_about_themselves() -> None:
    """Recorded outputs of our own look at machines: only those with a failure in them name one."""
    for name in ("debian-13", "ubuntu-22.04"):
        (found,) = (DATA.parent / "probe").rglob(f"{name}.txt")
        log = "\n".join(n for n in found.read_text(encoding="utf-8").split("\n") if not n.startswith("#"))
        assert codes(log, "docker install") == codes(log, "compose up") == [], name


def test_nothing() -> None:
    for text in ("", "\n\n", "\x1b[0m", "{", "[]", "{}", '{"a": {"b": 1}}', "\x00" * 50):
        assert codes(text, "start") == []


# ---------------------------------------------------------------- stages, services, order


def test_stage_and_service_choose_the_rules() -> None:
    refused = 'FATAL:  password authentication failed for user "postgres"'
    assert codes(refused, "start", ("api", "web")) == ["ENV-02"]
    assert codes(refused, "start", ("web",)) == codes(refused, "ssh connect") == []
    assert codes(refused, "no such stage")[:1] == ["ENV-02"]
    assert codes(refused, "START (api)") == codes(refused, "reboot / start") == ["ENV-02"]
    gateway = "<h1>502 Bad Gateway</h1>"
    assert codes(gateway, "after up -d") == ["NGX-01"]
    assert codes(gateway, "ssh connect") == []


def test_root_causes_come_first_wherever_they_stand() -> None:
    waits = "dial tcp 172.18.0.3:5432: connect: connection refused"
    full = "FATAL: could not extend file: No space left on device"
    for log in (f"{waits}\n{full}", f"{full}\n{waits}"):
        assert codes(log, "first start") == ["HOST-04", "PG-06"]


@pytest.mark.parametrize(("stage", "consequence", "cause"), CAUSED)
def test_consequences_come_after_their_causes(stage: str, consequence: str, cause: str) -> None:
    first = {code: text for code, _, _, text in reversed(LINES)}
    for order in ((consequence, cause), (cause, consequence)):
        assert codes("\n".join(first[code] for code in order), stage)[0] == cause


def test_what_is_over_is_not_reported() -> None:
    waits = "failed to init dify plugin db: dial tcp 172.18.0.3:5432: connect: connection refused"
    well = "init.go:103: [INFO]dify plugin db initialized"
    assert codes(waits, "first start") == ["PG-06"]
    assert codes(f"{waits}\n{well}", "first start") == []
    assert codes(f"{well}\n{waits}", "first start") == ["PG-06"]


def test_what_is_ambiguous_counts_at_its_own_stage_only() -> None:
    line = "Could not connect to Weaviate: Connection to Weaviate failed."
    assert codes(line, "upgrade")[:1] == ["VEC-01"]
    assert codes(line, "runtime") == ["VEC-06"]
    trace = "goroutine 1 [running]:"
    assert codes(trace, "start", ("sandbox",)) == ["SBX-02"]
    assert codes(trace, "start") == codes(trace, "start", ("plugin_daemon",)) == []


@pytest.mark.parametrize(
    ("code", "stage", "line"),
    [
        ("PG-05", "first start", 'ERROR:  relation "tenants" does not exist at character 15'),
        (
            "SBX-03",
            "start",
            "commBind: Cannot bind socket FD 12 to [::1]: (99) Cannot assign requested address",
        ),
        ("INST-11", "api/sandbox start", "make: /bin/sh: Operation not permitted"),
        ("INST-18", "docker install", "Ign:4 https://download.docker.com/linux/ubuntu noble Release"),
    ],
)
def test_what_a_healthy_run_may_say_counts_only_where_nothing_else_is_found(
    code: str, stage: str, line: str
) -> None:
    assert codes(line, stage) == [code]
    full = "write error: No space left on device"
    assert codes(f"{line}\n{full}", f"{stage} / runtime") == ["HOST-04"]


def test_what_is_sure_counts_at_a_stage_with_a_like_source_where_nothing_else_is_found() -> None:
    refused = "net::ERR_UNSAFE_PORT"
    assert codes(refused, "first open") == codes(refused, "runtime") == ["WEB-03"]
    assert codes(refused, "ssh connect") == codes(refused, "docker install") == []
    assert codes(f"{refused}\nNo space left on device", "runtime") == ["HOST-04"]
    usual = "unsafe port"
    assert codes(usual, "first open") == ["WEB-03"]
    assert codes(usual, "runtime") == []


@pytest.mark.parametrize(
    ("code", "stage", "services", "line"),
    [
        ("INST-03", "compose detect", (), "Error: unknown flag: --project-name\nSee 'podman --help'"),
        ("INST-04", "compose up", (), "open /srv/app/docker-compose.yaml: no such file or directory"),
        ("NGX-01", "runtime", ("nginx",), "connect() failed (113: No route to host)"),
        ("PG-07", "start", ("plugin_daemon",), "ERROR: permission denied to create database"),
        ("ENV-05", "compose up", (), 'unexpected character "=" in variable name near "=x"'),
        ("SBX-02", "start", ("sandbox",), "2025/06/18 07:41:02 server.go:51: [PANIC]failed to x"),
        ("UPG-02", "upgrade", ("api",), "  Field required [type=missing, input_value={}, input_type=dict]"),
        ("INST-20", "docker install", (), "Curl error (7): cannot reach https://download.docker.com/x"),
    ],
)
def test_programs_that_say_who_they_are_decide(
    code: str, stage: str, services: tuple[str, ...], line: str
) -> None:
    assert codes(line, stage, services)[:1] == [code]


def test_a_consequence_does_not_take_the_line_of_its_cause() -> None:
    line = "redis.exceptions.ConnectionError: Error 113 connecting to redis:6379. No route to host."
    for stage in ("start", "runtime"):
        assert codes(line, stage, ("worker",))[:1] == ["HOST-11"]


def test_wide_and_narrow_characters() -> None:
    assert codes("ｎｏ ｓｐａｃｅ ｌｅｆｔ ｏｎ ｄｅｖｉｃｅ", "runtime") == ["HOST-04"]


def test_a_broken_message_after_many_equal_lines() -> None:
    """Lines that repeat are looked at once, and what follows them still as their neighbour."""
    assert codes("waiting\n" * 500 + "no space left\n on device\n" + "waiting\n" * 500, "runtime") == [
        "HOST-04"
    ]


def test_a_question_of_apt_counts_only_where_the_log_ends() -> None:
    line = "debconf: (Dialog frontend will not work on a dumb terminal, an emacs shell buffer, or without"
    assert codes(line, "docker install") == ["INST-16"]
    assert codes(f"{line}\nSetting up pigz\nSetting up docker-ce\nDone", "docker install") == []


def test_a_pair_proves_more_than_its_parts() -> None:
    log = (
        'File "/app/api/libs/rsa.py", line 45\n  key = storage.load(path)\nFileNotFoundError: File not found'
    )
    assert codes(log, "after upgrade") == ["ENV-10"]
    (finding,) = diagnose(log, "after upgrade")
    assert len(finding.lines) == 2


def test_proving_lines_are_few_and_as_they_were() -> None:
    log = "".join(f"\x1b[31mapi-1  | {n} no space left on device\x1b[0m\n" for n in range(50))
    (finding,) = diagnose(log, "runtime")
    assert finding.lines == tuple(f"api-1  | {n} no space left on device" for n in range(5))


# ---------------------------------------------------------------- bytes and amounts


def test_encodings() -> None:
    text = "WSL 2 requires an update to its kernel component.\r\n"
    for data in (text.encode("utf-16-le"), text.encode("utf-16"), text.encode(), b"\xff" + text.encode()):
        assert codes(decoded(data), "local docker") == ["DD-02"]
    assert decoded("日本語".encode()) == "日本語"


def test_a_message_in_one_very_long_line() -> None:
    line = "x" * 1995 + " no space left on device " + "y" * 50_000
    assert codes(line, "runtime") == ["HOST-04"]


NASTY = (
    "dial tcp [",
    "permission denied ",
    '{"log": "',
    'open() "/',
    "chmod: \\r",
    " | ",
    "\x1b[",
    'get "https://docker.io',
)


#: In every run; the others with ``--all``.
USUAL = [("healthy", ""), ("dial tcp [", "\n"), ("\x1b[", "\n"), (" | ", "\n"), ("permission denied ", "")]


@pytest.mark.parametrize(
    ("piece", "separator"),
    [
        pytest.param(p, s, marks=[] if (p, s) in USUAL else [pytest.mark.slow])
        for p in ("healthy", *NASTY)
        for s in ("", "\n")
    ],
)
def test_a_megabyte_takes_less_than_two_seconds(piece: str, separator: str) -> None:
    if piece == "healthy":
        piece = "".join(path.read_text(encoding="utf-8") for path in sorted((DATA / "healthy").iterdir()))
    log = (piece + separator) * (1_000_000 // len(piece + separator) + 1)

    def taken() -> float:
        before = (
            time.thread_time()
        )  # of this thread alone; what shares its caches costs something all the same
        diagnose(log, "no such stage")
        return time.thread_time() - before

    assert any(taken() < 2 for _ in range(3))


# ---------------------------------------------------------------- the catalogue's other half


@needs_catalogue
def test_no_symptom_is_found_at_a_stage_with_another_source() -> None:
    """A rule applies only to the source of its stage."""
    for symptom in from_catalogue():
        if re.match(r"SSH-(0|15|16)", symptom.code) and symptom.stage.startswith("ssh"):
            assert symptom.code not in codes(symptom.line, "runtime"), symptom
