"""The environment of local commands."""

from __future__ import annotations

from installer.hosts.local.environment import environment, without


def test_frozen_program_leaves_no_trace() -> None:
    """What PyInstaller set is taken back, the user's own library path returns."""
    base = {
        "PATH": "/bin",
        "LD_LIBRARY_PATH": "/tmp/_MEI1",
        "LD_LIBRARY_PATH_ORIG": "/opt/lib",
        "DYLD_LIBRARY_PATH": "/tmp/_MEI1",
        "QT_PLUGIN_PATH": "/tmp/_MEI1/plugins",
        "_PYI_ARCHIVE_FILE": "x",
        "_MEIPASS2": "x",
        "HOME": "/root",
    }
    env = environment(base=base, frozen=True, platform="linux")
    assert env == {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/lib", "HOME": "/root"}
    assert environment(base=base, frozen=False, platform="linux") == base


def test_mac_paths() -> None:
    """Behind what is there, each once."""
    env = environment(base={"PATH": "/usr/local/bin:/bin"}, frozen=False, platform="darwin")
    paths = env["PATH"].split(":")
    assert paths[:3] == ["/usr/local/bin", "/bin", "/opt/homebrew/bin"] and paths[3].endswith("/.docker/bin")


def test_chosen_docker() -> None:
    """A context or an address replaces what the environment says; empty leaves it."""
    base = {"DOCKER_HOST": "tcp://old", "DOCKER_CONTEXT": "old", "DOCKER_TLS_VERIFY": "1"}
    assert environment("unix:///x", base=base, frozen=False) == {"DOCKER_HOST": "unix:///x"}
    assert environment("colima", base=base, frozen=False, platform="linux") == {"DOCKER_CONTEXT": "colima"}
    assert environment(base=base, frozen=False, platform="linux") == base


def test_without() -> None:
    """By prefix."""
    assert without({"COMPOSE_FILE": "1", "DOCKER_HOST": "2", "X": "3"}, ("COMPOSE_", "DOCKER_HOST")) == {
        "X": "3"
    }
