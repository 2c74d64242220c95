"""What a probe says has limits for each list and each value, not only for the whole answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sized

import pytest

from installer.facts.lines import LONGEST_LINE, LONGEST_VALUE, MOST_LINES, sections
from installer.facts.model import Facts
from installer.facts.parsers import answer
from installer.network.parse import network_facts
from tests.unit.facts.recorded import MARK, text_of

PROBE = sections(text_of("debian-13"), MARK)
MANY = range(MOST_LINES + 5000)
ROW = "\t".join(("{0}", "c{0}", "running", "i", "p", "s", "/w", "Up", "", "False"))
LISTENER = 'ss LISTEN 0 5 127.0.0.1:{0} 0.0.0.0:* users:(("n{0}",pid=7,fd=6))'


@pytest.mark.parametrize(
    ("section", "line", "found"),
    [
        ("containers", ROW, lambda f: f.containers),
        ("images", "name:{0}@<none>", lambda f: f.images),
        ("images", "a:{0}@<none> b:{0}@<none>", lambda f: f.images),
        ("files", "a" * 64 + "  ./f{0}", lambda f: f.files),
        ("directory", "entry=f{0}", lambda f: f.directory.entries),
        ("listeners", LISTENER, lambda f: f.listeners),
        ("networks", "n{0}\tbridge\t\t", lambda f: f.networks.docker),
        ("processes", "{0}\tdnf\tdnf", lambda f: f.packages.busy),
        ("packages", "package=p{0} 1 installed", lambda f: f.packages.installed),
        ("dify", "dify=/d{0}\nphysical=/d{0}", lambda f: f.earlier.found),
        ("login", "source=/s{0}", lambda f: f.login.sources),
        ("webservers", "place=/p{0}", lambda f: f.webservers.places),
    ],
)
def test_a_list_has_a_limit_of_entries(section: str, line: str, found: Callable[[Facts], Sized]) -> None:
    body = "\n".join(line.format(n % 65000 + 1) for n in MANY)
    assert len(found(answer.from_sections({**PROBE, section: body}))) <= MOST_LINES


def test_a_list_that_has_to_be_complete_is_not_known_then() -> None:
    lines = "\n".join(f"v{n}\t\t" for n in MANY)
    assert answer.from_sections({**PROBE, "volumes": f"{lines}\n{answer.VOLUMES_END}"}).volumes is None
    lines = "\n".join(f"at=drwxr-xr-x 0 0 /d{n}" for n in MANY)
    assert answer.from_sections({**PROBE, "owners": f"{lines}\ncomplete=yes"}).owners is None


def test_a_value_has_a_limit_of_length_and_is_not_cut_to_another() -> None:
    long = "x" * (LONGEST_LINE + 1)
    row = ROW.format("1").replace("c1", long)
    found = answer.from_sections({**PROBE, "containers": f"{row}\n{ROW.format('2')}"})
    assert [c.name for c in found.containers] == ["c2"]
    entries = f"entry={'x' * (LONGEST_VALUE + 1)}\nentry=short"
    assert answer.from_sections({**PROBE, "directory": entries}).directory.entries == ("short",)


def test_a_list_in_what_docker_says_has_a_limit() -> None:
    info = {"ServerVersion": "29", "Warnings": ["w", "x" * (LONGEST_VALUE + 1), *map(str, MANY)]}
    engine = answer.from_sections({**PROBE, "info": json.dumps(info)}).engine
    assert 1 < len(engine.warnings) <= 1000 and max(map(len, engine.warnings)) <= LONGEST_VALUE


def test_a_file_that_is_too_long_is_no_answer() -> None:
    text = "".join(f"{MARK} {name}\n{body}\n" for name, body in PROBE.items())
    assert answer.facts(text, MARK) is not None
    assert answer.facts(text.replace(f"{MARK} env\n", f"{MARK} env\nA={'x' * (1 << 20)}\n"), MARK) is None


def test_a_network_s_answer_has_a_limit_of_entries() -> None:
    text = "\n".join(f"{MARK}\tendpoint\te{n}\thttps://x/\t" for n in MANY)
    found = network_facts(f"{MARK}\tend\n{text}", MARK)
    assert found is not None and len(found.endpoints) < MOST_LINES
