"""Findings that another answer settles: their words, and that one gets to the page with the answer."""

from __future__ import annotations

import pytest

from installer.answers.optional import SERVICES
from installer.answers.problems import CHECKS
from installer.core.errors import Code
from installer.core.resources import table
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import SETTLED_IN_SETTINGS
from ui.wizard.checks.settings_links import WAYS


@pytest.mark.parametrize("code", WAYS)
def test_the_way_has_its_words(code: Code) -> None:
    key, _ = WAYS[code]
    for language in LANGUAGES:
        assert Texts(language).ui(f"review.{key}")


@pytest.mark.parametrize("code", WAYS)
def test_a_stop_that_an_answer_settles_does_not_hold_one_back_before_it(code: Code) -> None:
    stops = table("checks")["check"][code.value]["verdict"] == "stop"
    assert not stops or code in SETTLED_IN_SETTINGS


def test_the_answers_exist() -> None:
    switches = {"tls.proxy_install"}  # yes or no: nothing to check about it
    switches |= {f"{section}.settings" for section in SERVICES}  # the first field of what is chosen there
    assert {field for _, field in WAYS.values() if field} <= {*CHECKS} | switches
