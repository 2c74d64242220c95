"""Questions of a server on their way from a job's thread to the page and back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.dialogue import Prompt, Question
from ui.connection.login_questions import Asking

CODE = Question("a.example.jp", "me", "", "", (Prompt("Code: "), Prompt("PIN:")))
ANSWERS = (Secret("123456"), Secret("0000"))


def in_a_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as e:
            found.append(e)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


def test_an_answer_comes_back_and_every_round_has_its_own() -> None:
    asking, questions = Asking(), []
    shown = threading.Event()

    def put(question: Any) -> None:
        questions.append(question)
        shown.set()

    ask = asking.through(put, CancelToken())
    for answers in (ANSWERS, (Secret("x"),), None):
        shown.clear()
        thread, found = in_a_thread(lambda: ask(CODE))
        assert shown.wait(5)
        asking.answer(answers)
        thread.join(5)
        assert found == [answers]
    assert questions == [CODE] * 3


def test_a_second_click_answers_nothing_that_comes_later() -> None:
    asking, token = Asking(), CancelToken()
    asking.answer(ANSWERS)
    thread, found = in_a_thread(lambda: asking.through(lambda _: None, token)(CODE))
    thread.join(0.3)
    assert thread.is_alive() and not found
    asking.answer(None)
    thread.join(5)
    assert found == [None]


def test_a_cancel_ends_the_waiting() -> None:
    token = CancelToken()
    thread, found = in_a_thread(lambda: Asking().through(lambda _: None, token)(CODE))
    token.cancel()
    thread.join(5)
    assert isinstance(found[0], Cancelled)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_without_a_page_the_question_is_an_error_that_leads_to_the_login(when: str) -> None:
    asking = Asking()
    shown: list[Any] = []
    if when == "before":
        asking.close()
    thread, found = in_a_thread(lambda: asking.through(shown.append, CancelToken())(CODE))
    if when == "meanwhile":
        thread.join(0.2)
        asking.close()
    thread.join(5)
    (error,) = found
    assert isinstance(error, InstallError) and error.code is Code.SSH_PROMPTS_NEEDED
    assert error.params == {"host": "a.example.jp", "user": "me", "asks": "Code / PIN"}
    assert bool(shown) == (when == "meanwhile")
