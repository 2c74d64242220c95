"""What a screen reader on Linux is told, asked with a real AT-SPI client (``docs/accessibility.md``)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from installer.texts import Texts
from tests.accessibility.desk import Desk, Node, desk, focusable, missing, shown

pytestmark = pytest.mark.slow

#: One or two states of each page and section.
STATES = (
    *("welcome-first", "welcome-full", "where-server", "where-local_not_running"),
    *("login-password", "login-sudo_same", "login-host_key", "checks-good", "checks-many"),
    *("settings-preset", "settings-own_chosen", "settings-ports", "review-new", "review-blocked"),
    *("install-pull", "install-start-failed", "done-first", "done-admin"),
    *("panel:overview-degraded", "panel:overview-ask-stop", "panel:containers-running"),
    *("panel:containers-starting", "panel:logs-lines", "panel:logs-nothing"),
    *("panel:server-known", "panel:server-ask-forget"),
)
#: What the keyboard can reach is one of these. A label is text that can be selected and copied.
ROLES = (
    *("button", "toggle button", "radio button", "check box", "combo box", "text", "password text"),
    *("table", "table cell", "list", "list item", "label"),
)
#: Fields without a caption of their own: their name says what they are for.
WITHOUT_CAPTION = ("logs.search", "containers.filter", "done.password_name")
#: Passwords of the states.
SECRETS = ("correct horse", "open sesame", "canary-", "battery staple")
#: AT-SPI's numbers.
POLITE, ASSERTIVE = 1, 2
ANNOUNCED, FOCUSED = "object:announcement", "object:state-changed:focused"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desktop without a screen."""
    lacking = missing()
    if lacking:
        pytest.skip(f"NO SCREEN READER'S VIEW WAS TESTED: {lacking}")
    with desk(tmp_path_factory.mktemp("home")) as made:
        yield made


class Stand:
    """The window that shows states (``stand.py``)."""

    def __init__(self, here: Desk, program: subprocess.Popen[str]) -> None:
        self.here, self.pid, self._program = here, program.pid, program
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline().strip()

    def _tell(self, line: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{line}\n")
        self._program.stdin.flush()
        assert self._line() == "done"

    def show(self, name: str) -> list[Node]:
        """What the client reads in a new window that shows the state *name*."""
        self._tell(f"show {name}")
        return self.here.tree(self.pid)

    def change(self, name: str) -> None:
        """The same window, another state."""
        self._tell(f"change {name}")


@pytest.fixture(scope="module")
def stand(here: Desk) -> Iterator[Stand]:
    with here.start("tests.accessibility.stand") as program:
        yield Stand(here, program)


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts("en")


def brief(node: Node) -> str:
    """Enough to find it."""
    return f"{node['role']} {node['name']!r} ({node['description']!r})"


def with_role(nodes: list[Node], role: str) -> list[Node]:
    """Those on the page that have *role*."""
    return [n for n in nodes if n["role"] == role and shown(n)]


def ampersand(name: str) -> bool:
    """Whether the sign for a key was left in *name*."""
    return any(first == "&" and second.isalpha() for first, second in pairwise(name))


@pytest.mark.parametrize("name", STATES)
def test_what_the_keyboard_reaches_has_a_name_and_a_role(stand: Stand, name: str) -> None:
    nodes = stand.show(name)
    assert len(with_role(nodes, "frame")) == 1, "a window that a screen reader takes for one"
    reached = [n for n in nodes if focusable(n)]
    assert len(reached) > 5
    assert not [brief(n) for n in reached if not n["name"].strip()]
    assert not [brief(n) for n in reached if n["role"] not in ROLES]
    assert not [brief(n) for n in nodes if shown(n) and ampersand(n["name"])]
    pressed = [n for n in reached if n["role"] in ("button", "radio button", "check box", "combo box")]
    assert not [brief(n) for n in pressed if "enabled" in n["states"] and not n["actions"]]


@pytest.mark.parametrize("name", STATES)
def test_fields_are_named_by_their_captions_and_passwords_stay_hidden(
    stand: Stand, texts: Texts, name: str
) -> None:
    nodes = stand.show(name)
    free = {texts.ui(key) for key in WITHOUT_CAPTION}
    for node in nodes:
        labels = node.get("relations", {}).get("labelled-by", [])
        editable = node["role"] in ("text", "password text") and "editable" in node["states"]
        if editable and node["name"] not in free and focusable(node):
            assert labels == [node["name"]], brief(node)
        if node["role"] == "combo box" and shown(node):  # its name is what is chosen
            assert labels and labels != [node["name"]], brief(node)
        if node["role"] == "password text":
            assert not set(node["text"]) - {"●"}, brief(node)
    everything = repr(nodes).lower()
    assert not [secret for secret in SECRETS if secret in everything]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("login-password", ["login.password"]),
        ("login-sudo_same", ["login.password", "login.sudo_password"]),
        ("settings-own_chosen", ["settings.passphrase"]),
    ],
)
def test_password_fields_have_a_role_of_their_own(
    stand: Stand, texts: Texts, name: str, fields: list[str]
) -> None:
    found = [n["name"] for n in with_role(stand.show(name), "password text")]
    assert set(found) >= {texts.ui(key).replace("&", "") for key in fields}


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("welcome-first", "welcome"),
        ("login-password", "login"),
        ("checks-good", "checks"),
        ("done-first", "done"),
    ],
)
def test_the_rail_says_which_step_is_current(stand: Stand, texts: Texts, name: str, step: str) -> None:
    buttons = [n["name"] for n in with_role(stand.show(name), "button")]
    said = texts.ui("shell.step_current")
    assert [b for b in buttons if b.endswith(said)] == [f"{texts.ui(f'shell.page_{step}')}, {said}"]


@pytest.mark.parametrize("section", ["overview", "containers", "logs", "server"])
def test_the_rail_says_which_section_is_current(stand: Stand, texts: Texts, section: str) -> None:
    state = {"logs": "lines", "server": "known"}.get(section, "running")
    buttons = [n["name"] for n in with_role(stand.show(f"panel:{section}-{state}"), "button")]
    said = texts.ui("shell.section_current")
    assert [b for b in buttons if b.endswith(said)] == [f"{texts.ui(f'shell.section_{section}')}, {said}"]


def test_containers_read_as_text(stand: Stand, texts: Texts) -> None:
    nodes = stand.show("panel:containers-starting")
    (table,) = with_role(nodes, "table")
    assert table["name"] == texts.ui("containers.table")
    # also of columns that found no room; six rows are titles of groups
    columns = ("service", "state", "cpu", "memory", "network", "disk", "ports", "up", "restarts", "tag")
    assert table["columns"] == [texts.ui(f"containers.column_{name}") for name in columns]
    assert table["rows"] == 15 + 6
    cells = [n["name"] for n in nodes if n["role"] == "table cell"]
    rows = {c[0].partition(",")[0]: c for c in (cells[n : n + 10] for n in range(0, len(cells), 10))}
    assert len(rows) == 15 + 6 and texts.ui("containers.group_data") in rows
    state = texts.ui("containers.column_state")
    words = {
        "nginx": texts.ui("containers.word_running"),
        "sandbox": texts.ui("containers.word_unhealthy"),
        "plugin_daemon": texts.ui("containers.word_restarting"),
        "worker_beat": texts.ui("containers.word_ended", code="3"),
        "init_permissions": texts.ui("containers.word_done"),
    }
    assert {service: rows[service][1] for service in words} == {s: f"{state}: {w}" for s, w in words.items()}
    none = f"{texts.ui('containers.column_ports')}: {texts.ui('containers.cell_empty')}"
    assert rows["web"][columns.index("ports")] == none
    assert rows["api"][columns.index("cpu")] == f"{texts.ui('containers.column_cpu')}: 4.1 %"


def heard(events: list[Node]) -> list[tuple[str, int]]:
    """What was announced, and how urgently."""
    return [(e["text"], e["detail"]) for e in events if e["event"] == ANNOUNCED]


def test_pages_waiting_and_failures_are_announced(stand: Stand, texts: Texts) -> None:
    stand.show("login-password")
    with stand.here.listening(stand.pid, 3, ANNOUNCED) as events:
        for name in ("connecting", "timeout", "password"):
            stand.change(f"login-{name}")
        stand.change("checks-good")
    failed = texts.explain("ssh.timeout", {"host": "203.0.113.24", "port": "10022"}, screen=True).what
    assert heard(events) == [
        (texts.ui("busy.connect"), POLITE),
        (failed, ASSERTIVE),
        (texts.ui("checks.title_server"), POLITE),
    ]


def test_the_panel_announces_what_happens(stand: Stand, texts: Texts) -> None:
    stand.show("panel:overview-running")
    with stand.here.listening(stand.pid, 3, ANNOUNCED) as events:
        for name in ("restarting", "back", "failed", "refused"):
            stand.change(f"panel:overview-{name}")
        stand.change("panel:containers-running")
    said = heard(events)
    assert [urgency for _, urgency in said] == [POLITE, POLITE, ASSERTIVE, ASSERTIVE, POLITE]
    assert said[1][0] == texts.ui("overview.back", what="Dify", time="14 s")
    assert said[2][0] == texts.explain("action.failed", {"exit_code": "1"}, screen=True).what
    assert said[4][0] == texts.ui("containers.title")


def test_the_program_is_driven_through_actions(here: Desk, texts: Texts, tmp_path: Path) -> None:
    """From Welcome to the form for the server, pressing and choosing as assistive software does."""

    def plain(key: str) -> str:
        return texts.ui(key).replace("&", "")

    with here.start("ui", "--language", "en", HOME=str(tmp_path)) as program:
        pid = program.pid
        here.wait(pid, "button", plain("welcome.start"))
        here.act(pid, "button", plain("shell.about"))
        nodes = here.wait(pid, "button", plain("common.close"))
        assert [n["states"][0] for n in with_role(nodes, "dialog")] == ["active"]
        assert not [brief(n) for n in nodes if focusable(n) and not n["name"].strip()]
        here.act(pid, "button", plain("common.close"))
        with here.listening(pid, 3, ANNOUNCED, FOCUSED) as events:
            here.act(pid, "button", plain("welcome.start"))
        nodes = here.wait(pid, "label", texts.ui("where.title"))
        title = (texts.ui("where.title"), POLITE)
        assert title in heard(events)
        kinds = [e["event"].removesuffix(":") for e in events]
        assert kinds.index(FOCUSED) < kinds.index(ANNOUNCED), "the focus would cut the words short"
        rail = f"{texts.ui('shell.page_where')}, {texts.ui('shell.step_current')}"
        assert rail in [n["name"] for n in with_role(nodes, "button")]
        for chosen in ("common.this_computer", "where.ssh"):
            here.act(pid, "radio button", plain(chosen))
            checked = [
                n["name"] for n in with_role(here.tree(pid), "radio button") if "checked" in n["states"]
            ]
            assert checked == [plain(chosen)]
        here.act(pid, "button", plain("shell.next"))
        here.wait(pid, "label", texts.ui("login.title"))
        nodes = here.wait(pid, "text", plain("login.address"), "focused")
        assert not [brief(n) for n in nodes if n["role"] == "dialog"], "a closed dialog stays behind"
        program.terminate()
