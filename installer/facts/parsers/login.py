"""Pure parser of what the probe says about the person's own session."""

from __future__ import annotations

from installer.facts.lines import flag, lists, number, pairs
from installer.facts.network import Login
from installer.untrusted.values import whole


def login(body: str) -> Login:
    """The ``login`` section; ``docker_group=docker:x:998:anna,ben``."""
    v, many = pairs(body), lists(body)
    user = v.get("user", "")
    session = v.get("session_groups")
    numbers = None if session is None else frozenset(whole(x, -1) for x in session.split()) - {-1}
    _, _, number_text, members, *_ = [*v.get("docker_group", "").split(":"), "", "", "", ""]
    listed: bool | None = None
    in_session: bool | None = None
    gid = whole(number_text, -1)
    if gid >= 0:
        listed = user in members.split(",") or number(v, "primary_group", -1) == gid
        in_session = None if numbers is None else gid in numbers or number(v, "primary_group", -1) == gid
    variables = (text.partition("=") for text in many.get("variable", ()))
    return Login(
        user=user,
        uid=number(v, "uid", -1),
        home=v.get("home", ""),
        shell=v.get("shell", ""),
        groups=numbers,
        docker_listed=listed,
        docker_in_session=in_session,
        variables={name: value.strip('"') for name, _, value in variables},
        sources=tuple(many.get("source", ())),
        answered=flag(v, "asked"),
    )
