"""What a release says about itself, read from its own files: services, profiles, ports, images, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.release.archive import ReleaseTree
from installer.release.compose_file import ComposeFile, Mount, Service, read_compose
from installer.release.envfile import EnvFile
from installer.release.features import NeededCompose, features_of, needed_compose
from installer.release.interpolate import InterpolationError, interpolate, references
from installer.release.ports import PublishedPort, parse_port

COMPOSE_FILE = "docker-compose.yaml"
ENV_EXAMPLE = ".env.example"
_ENV_TEMPLATE = re.compile(r"envs/.+\.env\.example")


@dataclass(frozen=True)
class EnvKey:
    """A variable the release knows. *file* is where its default and comment stand."""

    name: str
    default: str
    comment: str
    file: str


@dataclass(frozen=True)
class ReleaseModel:
    """A release's own statements. ``env`` arguments are the finished ``.env``'s values."""

    version: str
    compose: ComposeFile
    env_file: EnvFile
    env_keys: Mapping[str, EnvKey]
    not_understood: tuple[str, ...]

    @classmethod
    def read(cls, tree: ReleaseTree) -> ReleaseModel:
        """Raises ``InstallError(RELEASE_LAYOUT_UNKNOWN)`` for a layout that this code cannot read."""
        compose = read_compose(tree.text(COMPOSE_FILE), version=tree.version)
        try:
            env_file = EnvFile.parse(tree.text(ENV_EXAMPLE))
            keys = _env_keys(tree, env_file, compose)
            _used_keys(compose.raw)  # all of it can be read
        except InstallError as exc:
            raise _unknown(tree.version, ENV_EXAMPLE, str(exc)) from exc
        except InterpolationError as exc:
            raise _unknown(tree.version, COMPOSE_FILE, str(exc)) from exc
        unknown = tuple(f"profile {p}" for p in _unknown_profiles(compose))
        return cls(tree.version, compose, env_file, keys, (*compose.not_understood, *unknown))

    @property
    def services(self) -> Mapping[str, Service]:
        """All services by name, whatever their profile."""
        return self.compose.services

    @property
    def profiles(self) -> tuple[str, ...]:
        """All profiles, sorted."""
        return tuple(sorted({p for s in self.services.values() for p in s.profiles if p}))

    @property
    def stores(self) -> tuple[str, ...]:
        """The vector stores that the release can start itself."""
        known = table("stores")["store"]
        return tuple(p for p in self.profiles if p in known)

    @property
    def databases(self) -> tuple[str, ...]:
        """What the release can keep its own data in; the default comes first. Releases without profiles for
        it start the default one."""
        known = table("databases")
        offered = [p for p in self.profiles if p in known["database"] and p != known["default"]]
        return (str(known["default"]), *offered)

    @property
    def needed_compose(self) -> NeededCompose:
        """The smallest Compose that reads the release's file."""
        return needed_compose(features_of(self.compose))

    @property
    def variables(self) -> tuple[str, ...]:
        """Every name that the Compose file replaces.

        Compose lets the *shell's* value win over ``.env``: its caller must take these out of the
        environment, or ``LC_ALL`` and the like end up in containers.
        """
        return tuple(sorted(_used_keys(self.compose.raw)))

    def expected(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """The services that ``up`` starts with ``.env`` *env*.

        Compose splits ``COMPOSE_PROFILES`` at commas, an empty one is a profile with an empty name,
        which 0.15.3's and 1.4.3's weaviate lists.
        """
        active = {profile.strip() for profile in env.get("COMPOSE_PROFILES", "").split(",")}
        names = (
            n for n, s in self.services.items() if not s.profiles or active & {*s.profiles} or "*" in active
        )
        return tuple(sorted(names))

    def without(self, names: tuple[str, ...]) -> ReleaseModel:
        """The same release as if it had none of the services *names*. What it needs of Compose, and which
        variables it knows, stays."""
        if not names:
            return self
        services = {name: s for name, s in self.services.items() if name not in names}
        return replace(self, compose=replace(self.compose, services=services))

    def one_shots(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """The expected services that end by themselves: ``restart: "no"``, or awaited to be finished."""
        awaited = {
            dependency.service
            for service in self.services.values()
            for dependency in service.depends_on
            if dependency.condition == "service_completed_successfully"
        }
        return tuple(n for n in self.expected(env) if self._ends(self.services[n], awaited))

    def images(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """The images of the expected services, each once, sorted. Services that are built have none."""
        found = {self._resolve(self.services[n].image, env) for n in self.expected(env)}
        return tuple(sorted(found - {""}))

    def image_of(self, service: str, env: Mapping[str, str]) -> str:
        """The image of *service*, empty if it is built."""
        return self._resolve(self.services[service].image, env)

    def ports(self, env: Mapping[str, str]) -> tuple[PublishedPort, ...]:
        """The ports that the expected services publish by the release's own file."""
        return tuple(
            self._port(spec.text, n, env) for n in self.expected(env) for spec in self.services[n].ports
        )

    def bind_mounts(self, env: Mapping[str, str]) -> tuple[tuple[str, Mount], ...]:
        """(service, mount) of every bind mount of all services, sources resolved."""
        found = []
        for name, service in self.services.items():
            for mount in service.mounts:
                if mount.bind:
                    source = self._resolve(mount.source, env)
                    found.append((name, Mount(source, mount.target, bind=True)))
        return tuple(found)

    def knows(self, key: str) -> bool:
        """Whether the release states or reads the variable *key* anywhere."""
        return key in self.env_keys

    def _ends(self, service: Service, awaited: set[str]) -> bool:
        return service.restart == "no" or (service.restart == "" and service.name in awaited)

    def _resolve(self, text: str, env: Mapping[str, str]) -> str:
        try:
            return interpolate(text, env)
        except InterpolationError as exc:
            raise _unknown(self.version, text, str(exc)) from exc

    def _port(self, text: str, service: str, env: Mapping[str, str]) -> PublishedPort:
        resolved = self._resolve(text, env)
        try:
            return parse_port(resolved, service)
        except ValueError as exc:
            raise _unknown(self.version, f"services.{service}.ports: {resolved}", "") from exc


def missing_mounts(tree: ReleaseTree, model: ReleaseModel) -> tuple[str, ...]:
    """Bind-mounted *files* that the tree lacks: Docker would put an empty folder in their place.

    A mount is taken for a file if it is one in the tree, or if it is nowhere in the tree and both ends
    have a file name's ending (``.d`` folders excepted). Compose's project folder is the tree.
    """
    env = model.env_file.values()
    missing = set()
    for _, mount in model.bind_mounts(env):
        path = mount.source.removeprefix("./")
        if path.startswith(("/", "~", "..")) or tree.get(path) is not None or tree.has_folder(path):
            continue
        if all(_names_a_file(end) for end in (path, mount.target)):
            missing.add(path)
    return tuple(sorted(missing))


def _names_a_file(path: str) -> bool:
    return PurePosixPath(path).suffix not in ("", ".d")


def _env_keys(tree: ReleaseTree, env_file: EnvFile, compose: ComposeFile) -> Mapping[str, EnvKey]:
    """From .env.example, else the templates under envs/, else a default inside of the Compose file."""
    found: dict[str, EnvKey] = {}
    files = [(ENV_EXAMPLE, env_file)]
    templates = (f.path for f in tree.files if _ENV_TEMPLATE.fullmatch(f.path))
    files += [(path, EnvFile.parse(tree.text(path))) for path in templates if "middleware" not in path]
    for path, file in files:
        comments = file.comments()
        for key, default in file.raw().items():
            found.setdefault(key, EnvKey(key, default, comments.get(key, ""), path))
    for service in compose.services.values():
        for text in _strings(service.raw):
            for ref in references(text):
                found.setdefault(ref.name, EnvKey(ref.name, ref.default or "", "", COMPOSE_FILE))
    return found


def _strings(value: Any) -> Iterator[str]:
    """Every text in a piece of YAML."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _used_keys(raw: Mapping[str, Any]) -> set[str]:
    return {ref.name for text in _strings(raw) for ref in references(text)}


def _unknown_profiles(compose: ComposeFile) -> tuple[str, ...]:
    """Profiles of which no table says what they are for."""
    profiles = {p for s in compose.services.values() for p in s.profiles if p}
    return tuple(sorted(profiles - set(table("stores")["store"]) - set(table("services")["profile"])))


def _unknown(version: str, what: str, detail: str) -> InstallError:
    return InstallError(
        Code.RELEASE_LAYOUT_UNKNOWN, {"version": version, "what": what}, detail=detail or what
    )
