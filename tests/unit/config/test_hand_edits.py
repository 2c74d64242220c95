"""What people changed in the ``.env`` in use stays, unless the answers say otherwise."""

from __future__ import annotations

from dataclasses import replace

from installer.answers import Secrets, Stores
from installer.config.in_use import InUse
from installer.config.render import Configuration, render
from tests.real_releases import newest_releases
from tests.releases import model_of, tree_of
from tests.situations import ANSWERS


def rendered(existing: str | None = None, **env: str) -> dict[str, str]:
    answers = replace(ANSWERS, env=env)
    return dict(render(answers, Secrets(), tree_of("99.0.0"), model_of("99.0.0"), InUse(existing)).env)


def first() -> str:
    return render(ANSWERS, Secrets(), tree_of("99.0.0"), model_of("99.0.0")).env_text.reveal()


def test_a_changed_default_and_a_new_variable_stay() -> None:
    known = next(k for k in ("LOG_LEVEL", "DEBUG") if model_of("99.0.0").env_file.values().get(k))
    text = first()
    old = next(line for line in text.splitlines() if line.startswith(f"{known}="))
    edited = text.replace(old, f"{known}=edited") + "MY_OWN=1\n"
    env = rendered(edited)
    assert (env[known], env["MY_OWN"]) == ("edited", "1")
    assert rendered(edited, **{known: "asked"})[known] == "asked"


@newest_releases
def test_variables_of_the_store_that_only_templates_hold_stay(version: str) -> None:
    answers = replace(ANSWERS, stores=Stores("qdrant"))

    def of(existing: str | None) -> Configuration:
        return render(answers, Secrets(), tree_of(version), model_of(version), InUse(existing))

    text = of(None).env_text.reveal()
    edited = text.replace("QDRANT_CLIENT_TIMEOUT=20", "QDRANT_CLIENT_TIMEOUT=99")
    assert edited != text
    assert of(edited).env["QDRANT_CLIENT_TIMEOUT"] == "99" and of(edited).changes == ()


def test_a_profile_added_by_hand_stays() -> None:
    text = first()
    line = next(x for x in text.splitlines() if x.startswith("COMPOSE_PROFILES="))
    env = rendered(text.replace(line, line + ",certbot"))
    assert env["COMPOSE_PROFILES"].endswith(",certbot")


def test_what_the_answers_own_is_not_kept() -> None:
    text = first().replace("EXPOSE_NGINX_PORT=80", "EXPOSE_NGINX_PORT=81")
    assert rendered(text)["EXPOSE_NGINX_PORT"] == "80"
