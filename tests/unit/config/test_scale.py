"""How many containers a service has, in the override file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import Answers
from installer.answers.optional import Capacity
from installer.config.override import build_override
from installer.config.scale import with_scale, without_scale
from installer.core.installation_files import OVERRIDE_FILE
from tests.compose_cli import needs_compose
from tests.real_releases import every_release
from tests.releases import model_of
from tests.unit.config.test_choices import HERE, configured, seen

TEXTS = (
    "# head\nservices: {}\n",
    "# head\nservices: {}\nvolumes:\n  one: {}\n",
    "services:\n  api:\n    restart: always\n",
    '# head\nservices:\n  api:\n    ports: !override\n      - "80:80"\n  zeta:\n    restart: always\n'
    "volumes:\n  one: {}\n",
    "services:\n  worker:\n    mem_limit: 700m\n    logging:\n      driver: local\n",
)


@pytest.mark.parametrize("text", TEXTS)
def test_there_and_back(text: str) -> None:
    two = with_scale(text, "worker", 2)
    assert two is not None and "  worker:\n    scale: 2\n" in two
    assert with_scale(two, "worker", 3) == with_scale(text, "worker", 3)
    assert with_scale(two, "worker", 2) == two
    assert with_scale(two, "worker", 1) == text == without_scale(two)
    names = [line for line in two.splitlines() if line.startswith("  ") and line[2] != " "]
    services = names[: names.index("  one: {}")] if "  one: {}" in names else names
    assert services == sorted(services)


@pytest.mark.parametrize("text", ["", "# nothing\n", "volumes:\n  services: {}\n"])
def test_what_is_no_such_file(text: str) -> None:
    assert with_scale(text, "worker", 2) is None


@every_release
def test_the_generator_writes_the_same(version: str) -> None:
    model, env = model_of(version), configured(version).env
    plain = build_override(Answers(), model, env).text
    three = build_override(replace(Answers(), capacity=Capacity(workers=3)), model, env).text
    assert three == with_scale(plain, "worker", 3) != plain
    assert build_override(replace(Answers(), capacity=Capacity(workers=1)), model, env).text == plain


@needs_compose
@every_release
def test_compose_reads_it(version: str, tmp_path: Path) -> None:
    three = configured(version, replace(HERE, capacity=Capacity(workers=3)))
    assert OVERRIDE_FILE in {f.path for f in three.files}
    found = seen(tmp_path, version, three)
    assert found["worker"]["scale"] == 3 and "scale" not in found["api"]
