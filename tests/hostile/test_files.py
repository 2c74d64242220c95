"""Files of this computer that anything may have written, answers and secrets, the keyring, journals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from installer.answers.answers_file import parse_answers
from installer.answers.secrets_file import parse_secrets
from installer.appdata.draft import load_draft
from installer.appdata.keychain import _parsed
from installer.appdata.known_servers import NAME as SERVERS
from installer.appdata.known_servers import Servers
from installer.appdata.preferences import load_preferences
from installer.apply.lock import LockData
from installer.core.app_folder import Home
from installer.diagnosis.clean import cleaned, decoded
from installer.diagnosis.find import diagnose, warm_up
from installer.redaction.scrub import Scrubber
from installer.registry.cache import SizeCache
from installer.registry.fetch import read_answer
from installer.registry.pull_help import again_at
from installer.repairs.daemon_file import merged
from installer.state.history import entries, runs, steps_of
from installer.texts import LANGUAGES, Texts
from installer.untrusted.text import safe_json, safe_line, safe_text
from tests.hostile.parsers import FEW, TEXT, Reader
from tests.hostile.test_streams import of


def at_home(folder: Path, name: str, read: Callable[[Home], object]) -> Callable[[str], object]:
    home = Home(folder)
    home.make()

    def of_text(text: str) -> object:
        (folder / name).write_bytes(text.encode("utf-8", "replace"))
        return read(home)

    return of_text


def servers(home: Home) -> object:
    found = Servers(home).all()
    if found:
        Servers(home).remember(found[0])
        assert len(Servers(home).all()) <= len(found), "a server is listed twice"
    for aside in home.folder.glob(f"{SERVERS}.unreadable-*"):
        aside.unlink()
    return found


def sizes(home: Home) -> object:
    return SizeCache(home.folder, "amd64").known(["a/b:1"])


def history(text: str) -> object:
    found = entries(text.split("\n"))
    texts = [Texts(code).happened(entry, steps_of(entry)) for entry in found[:5] for code in LANGUAGES]
    return [json.dumps(entry.as_json()) for entry in found], runs(found), texts


def diagnosis(text: str) -> object:
    return cleaned(text), [finding.code for finding in diagnose(text, "start", ("api",))]


def scrubbed(text: str) -> object:
    scrubber = Scrubber(["a long secret"])
    found = scrubber.text(text + " a long secret")
    assert "a long secret" not in found
    return found, scrubber.env(text)


def safe(text: str) -> object:
    line = safe_line(text)
    assert "\n" not in line and "\x1b" not in line and "\x1b" not in safe_text(text)
    return line.encode()


JOURNAL = (
    '{"at":1790000000.5,"what":"apply","who":"a","steps":["pull","start"]}\n'
    '{"at":1790000009,"what":"failed","code":"port.in_use","params":{"port":"8"},"findings":[{"code":"x"}]}\n'
)
SERVER = (
    'version = 1\n[[server]]\nid = "a"\nname = "n"\nkind = "ssh"\nhost = "10.0.0.1"\nport = 22\n'
    "seen_at = 1.5\nmore = [1, 2]\n"
)
ANSWERS = '[target]\nkind = "ssh"\nhost = "10.0.0.1"\nport = 22\n[tls]\nmode = "off"\n[env]\nA = "b"\n'
LOG = "api-1  | Traceback (most recent call last):\napi-1  |   psycopg2.OperationalError: FATAL: password\n"
#: Whose long input takes long by itself: TOML, the rules of the diagnosis, shapes of secrets.
SLOW = ("answers", "secrets", "draft", "servers", "diagnosis", "scrubbing")


def readers(folder: Path) -> dict[str, Reader]:
    """By name; files are made in *folder*."""
    found = (
        Reader(
            "preferences",
            at_home(folder, "settings.toml", load_preferences),
            ('language = "ja"\nwindow = [1, 2, 3, 4]\n',),
        ),
        Reader(
            "draft",
            at_home(folder, "draft.toml", load_draft),
            (f'[draft]\npage = "a"\nsaved_at = 1.0\n{ANSWERS}',),
        ),
        Reader("servers", at_home(folder, SERVERS, servers), (SERVER,)),
        Reader(
            "sizes",
            at_home(folder, "sizes-amd64.json", sizes),
            ('{"version":1,"images":{"a/b:1":{"at":1,"parts":[["sha256:a",1]]}}}',),
        ),
        Reader("answers", parse_answers, (ANSWERS,)),
        Reader("secrets", parse_secrets, ('[ssh]\npassword = "x"\n[admin]\npassword = "y"\n',)),
        Reader("keyring", _parsed, ('{"password":"a","passphrase":"b","identity_file":"c"}',)),
        Reader("journal", history, (JOURNAL,)),
        Reader(
            "lock",
            LockData.parse,
            ('{"token":"a","client":"b","who":"c","pid":1,"since":1,"until":2}',),
        ),
        Reader(
            "daemon.json",
            of(lambda b: merged(b, {"registry-mirrors": ["x"]})),
            ('{"hosts":["unix:///x"],"a":{}}',),
        ),
        Reader("diagnosis", diagnosis, (LOG,)),
        Reader("bytes of a log", of(decoded), ("\xff\xfea\0b\0", LOG)),
        Reader("scrubbing", scrubbed, ("A_PASSWORD=x\nhttp://u:p@h/ Authorization: Bearer abc\n",)),
        Reader("safe text", safe, ("\x1b[31mred\x1b]0;t\x07 \u202e",)),
        Reader("safe JSON", safe_json, ('{"a\\u001b":"\\u001b[2J"}',), (ValueError,)),
        Reader(
            "answers of registries",
            of(lambda b: read_answer(b, "m4rk", ["a", "b"])),
            ("m4rk 200 a\n{}\nm4rk end\n",),
        ),
        Reader("headers", lambda t: again_at(t, 1.8e9), ("Retry-After: 5\nRateLimit-Reset: 60\n",)),
    )
    return {reader.name: reader for reader in found}


NAMES = (
    *("preferences", "draft", "servers", "sizes", "answers", "secrets", "keyring", "journal", "lock"),
    *("daemon.json", "diagnosis", "bytes of a log", "scrubbing", "safe text", "safe JSON"),
    *("answers of registries", "headers"),
)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_files(tmp_path: Path, name: str, data: st.DataObject) -> None:
    readers(tmp_path)[name].check(data)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SLOW])
def test_long_files(tmp_path: Path, name: str) -> None:
    readers(tmp_path)[name].check_long()


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_long_files_that_take_time(tmp_path: Path, name: str) -> None:
    warm_up()
    readers(tmp_path)[name].check_long()


@FEW
@example(code="internal", value="{", name="")
@given(code=st.sampled_from(["port.in_use", "internal", "ssh.host_key_changed", "x"]), value=TEXT, name=TEXT)
def test_texts_take_any_value(code: str, value: str, name: str) -> None:
    """A value with braces is a value, not a field."""
    for language in LANGUAGES:
        texts = Texts(language)
        params = {"port": value, "host": value, "reason": value, "step": value, "process": value, name: value}
        found = texts.explain(code, params), texts.explain(code, params, screen=True)
        assert all(part is not None for part in found)
        repr(
            (
                texts.service(value),
                texts.profile(value),
                texts.provider(value),
                texts.waiting(value, value, value),
            )
        )
        repr(
            (
                texts.repair(value, params),
                texts.storage(value),
                texts.store(value),
                texts.bundle_member(value),
            )
        )
