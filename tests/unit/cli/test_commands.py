"""What the commands print and write, without a target."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from installer.apply.plan import Plan, finding_json, make_plan
from installer.cli import commands
from installer.cli.main import main
from installer.cli.show import facts_lines, plan_json, plan_lines
from installer.cli.tree import env_in_use, write_tree
from installer.core.errors import Code, InstallError
from installer.core.installation_files import PINS_FILE
from installer.engine import Engine, Outcome
from installer.hosts.base import FileContent
from installer.operations.status import Status
from installer.texts import Texts
from tests.certificates import SITE_NAME, pem
from tests.certificates import site as site_of
from tests.situations import GOOD, situation
from tests.unit.release.test_archive import packed_release

ANSWERS = '[target]\nhost = "203.0.113.5"\nuser = "root"\n'


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path / "home"))
    path = tmp_path / "answers.toml"
    path.write_text(f'{ANSWERS}[release]\nsource = "{packed_release(tmp_path).as_posix()}"\n')
    return ["--answers", str(path)]


def test_render_again_keeps_the_secrets(tmp_path: Path, answers: list[str]) -> None:
    out = tmp_path / "out"
    env = out / "docker" / ".env"
    assert main(["render", *answers, "--out", str(out)]) == 0
    first = env.read_bytes()
    assert b"\nDB_PASSWORD=" in b"\n" + first
    assert main(["render", *answers, "--out", str(out)]) == 0
    assert env.read_bytes() == first
    if sys.platform != "win32":
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert not list(env.parent.glob(".*.[0-9]*"))


def test_render_again_keeps_the_certificate_that_it_made(tmp_path: Path, answers: list[str]) -> None:
    path, out = Path(answers[1]), tmp_path / "out"
    path.write_text(path.read_text() + '[tls]\nmode = "self-signed"\n[site]\naddress = "a.example"\n')
    ssl = out / "docker" / "nginx" / "ssl"
    assert main(["render", *answers, "--out", str(out)]) == 0
    first = {file.name: file.read_bytes() for file in ssl.glob("self-signed.*")}
    assert len(first) == 2
    assert main(["render", *answers, "--out", str(out)]) == 0
    assert {file.name: file.read_bytes() for file in ssl.glob("self-signed.*")} == first
    if sys.platform != "win32":
        assert {stat.S_IMODE(file.stat().st_mode) for file in ssl.glob("self-signed.*")} == {0o600}
    path.write_text(path.read_text().replace("a.example", "b.example"))
    assert main(["render", *answers, "--out", str(out)]) == 0
    assert not {file.read_bytes() for file in ssl.glob("self-signed.*")} & {*first.values()}


def test_render_switches_https_on_once_the_authoritys_certificate_is_there(
    tmp_path: Path, answers: list[str]
) -> None:
    """nginx does not start with a certificate that is not there."""
    path, docker = Path(answers[1]), tmp_path / "out" / "docker"
    site = f'[tls]\nmode = "letsencrypt"\n[site]\naddress = "{SITE_NAME}"\n[ports]\nhttps = 443\n'
    ours = 'acme_server = "https://ca.example/dir"\n'
    path.write_text(path.read_text() + site.replace("[site]", f"{ours}[site]"))

    def rendered() -> str:
        assert main(["render", *answers, "--out", str(tmp_path / "out")]) == 0
        return (docker / ".env").read_text()

    first = rendered()
    assert "\nNGINX_HTTPS_ENABLED=false\n" in first and "\nNGINX_ENABLE_CERTBOT_CHALLENGE=true\n" in first
    live = docker / "volumes" / "certbot" / "conf" / "live" / SITE_NAME
    live.mkdir(parents=True)
    (live / "fullchain.pem").write_bytes(pem(site_of(None)))
    then = rendered()
    assert "\nNGINX_HTTPS_ENABLED=true\n" in then and f"\nCERTBOT_DOMAIN={SITE_NAME}\n" in then
    assert not list(docker.glob("nginx/ssl/*.key"))


def test_render_says_what_only_a_target_has(
    tmp_path: Path, answers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["render", *answers, "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"] == [PINS_FILE] and "nginx:latest" in told["unpinned"]
    assert PINS_FILE not in told["files"] and not (out / "docker" / PINS_FILE).exists()
    assert "COMPOSE_FILE" not in (out / "docker" / ".env").read_text()
    said = []
    for language in ("en", "ja"):
        assert main(["render", *answers, "--language", language, "--out", str(out)]) == 0
        said.append(capsys.readouterr().out.splitlines()[-1])
    assert said[0] != said[1] and all(PINS_FILE in line and "nginx:latest" in line for line in said)


def test_render_never_writes_over_an_env_that_it_cannot_read(
    tmp_path: Path, answers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    env = tmp_path / "out" / "docker" / ".env"
    env.parent.mkdir(parents=True)
    env.write_bytes("DB_PASSWORD=a\n# 設定\n".encode("shift-jis"))
    before = env.read_bytes()
    assert main(["render", *answers, "--json", "--out", str(tmp_path / "out")]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "env.unreadable"
    assert env.read_bytes() == before


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "docker").write_bytes(b"")
    for action in (lambda: env_in_use(tmp_path), lambda: write_tree({"a": FileContent("a", b"")}, tmp_path)):
        with pytest.raises(InstallError) as caught:
            action()
        assert caught.value.code == Code.HOST_FILE_FAILED


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_modes_and_links(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"kept")
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "run.sh").symlink_to(other)
    write_tree({"run.sh": FileContent("run.sh", b"x", 0o755)}, tmp_path)
    assert other.read_bytes() == b"kept"
    assert stat.S_IMODE((tmp_path / "docker" / "run.sh").stat().st_mode) == 0o755


@pytest.mark.parametrize("words", [[], ["api"]])
def test_logs_of_nothing(
    words: list[str], answers: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Engine, "host", None)
    monkeypatch.setattr(commands, "read_status", lambda host, answers: Status("", "", "absent", ()))
    assert main(["logs", *answers, "--json", *words]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "installation.absent"


@pytest.mark.parametrize(
    ("here", "changed", "said"),
    [
        ("yes", True, "answers at"),
        ("yes", False, "Nothing had to be changed"),
        ("no", True, "does not reach it"),
        ("no", False, "does not reach it"),
        ("unknown", True, "is not known"),
        ("unknown", False, "Nothing had to be changed"),
    ],
)
def test_the_end_of_apply(
    answers: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    here: str,
    changed: bool,
    said: str,
) -> None:
    outcome = Outcome("http://x", "1.16.1", changed=changed, here=here)
    monkeypatch.setattr(Engine, "apply", lambda *_, **__: outcome)
    assert main(["apply", *answers, "--language", "en"]) == 0
    assert said in capsys.readouterr().out


def test_facts_in_lines() -> None:
    data = {
        "system": {"user": "root", "cpus": 2},
        "images": ["a", "b"],
        "listeners": [{"port": 22, "open": True}, {"port": 80, "open": False}],
        "record": None,
    }
    assert list(facts_lines(data)) == [
        "system.user = root",
        "system.cpus = 2",
        "images = a, b",
        "listeners.1.port = 22",
        "listeners.1.open = true",
        "listeners.2.port = 80",
        "listeners.2.open = false",
        "record = ",
    ]


def test_plan_says_which_compose_is_needed_by_whom() -> None:
    plan = make_plan(situation())
    release = plan.situation.model.needed_compose.version
    needed = {"release": release, "override": "2.24.4", "needed": "2.24.4"}
    assert plan_json(plan)["needed_compose"] == needed
    lines = [line for line in plan_lines(plan, Texts("en")) if "Compose" in line]
    assert len(lines) == 1 and release in lines[0] and "2.24.4" in lines[0]


@pytest.mark.parametrize("as_json", [True, False])
def test_apply_says_the_plans_warnings_before_it_begins(
    answers: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    plan = make_plan(situation(replace(GOOD, system=replace(GOOD.system, memory=1 << 30, swap=0))))
    assert len(plan.warnings) > 1

    def apply(self: Engine, on_plan: Callable[[Plan], None], **_: object) -> Outcome:
        on_plan(plan)
        return Outcome("http://x", "1.16.1", changed=True, here="yes")

    monkeypatch.setattr(Engine, "apply", apply)
    assert main(["apply", *answers, "--language", "en", *(["--json"] if as_json else [])]) == 0
    out, err = capsys.readouterr()
    if not as_json:
        assert all(p.code.value in err for p in plan.warnings)
        return
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["event"] for e in events] == ["finding"] * len(plan.warnings) + ["done"]
    for event, found in zip(events, plan.warnings, strict=False):
        assert {"step", "at"} <= event.keys()
        assert {k: event[k] for k in finding_json(found)} == finding_json(found)
