"""The command with which a person opens a shell in a container."""

from __future__ import annotations

import pytest

from installer.answers import Answers
from installer.answers.model import Target
from installer.operations.shell_command import shell_command


@pytest.mark.parametrize(
    ("target", "sudo", "wanted"),
    [
        (Target(kind="local"), False, "docker exec -it dify-api-1 sh"),
        (
            Target(kind="local", docker="desktop-linux"),
            False,
            "docker --context desktop-linux exec -it dify-api-1 sh",
        ),
        (
            Target(kind="local", docker="unix:///run/user/1000/docker.sock"),
            False,
            "docker -H unix:///run/user/1000/docker.sock exec -it dify-api-1 sh",
        ),
        (
            Target(host="203.0.113.5", user="root"),
            False,
            "ssh -t root@203.0.113.5 docker exec -it dify-api-1 sh",
        ),
        (
            Target(host="v.test", port=2222, user="me", jump="a@b:22,c", identity_file="~/.ssh/id_ed25519"),
            True,
            "ssh -t -p 2222 -i ~/.ssh/id_ed25519 -J a@b:22,c me@v.test sudo docker exec -it dify-api-1 sh",
        ),
        (
            Target(host="v.test", user="me", identity_file=r"C:\Users\Aoki Hanako\key"),
            False,
            r'ssh -t -i "C:\Users\Aoki Hanako\key" me@v.test docker exec -it dify-api-1 sh',
        ),
        (
            Target(host="v.test", user="a; rm -rf /", identity_file="$(reboot)"),
            False,
            "ssh -t -i '$(reboot)' 'a; rm -rf /@v.test' docker exec -it dify-api-1 sh",
        ),
    ],
)
def test_command(target: Target, sudo: bool, wanted: str) -> None:
    assert shell_command(Answers(target=target), "dify-api-1", sudo=sudo) == wanted
