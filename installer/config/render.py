"""Puts everything together: answers + secrets + release + what is in use → ``Configuration``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from installer.answers import Answers, Secrets
from installer.answers.decided import own_variables
from installer.answers.owned import is_secret_name
from installer.certificates.model import Certificate, CertificateInfo
from installer.config.acme import acme_services, check_release
from installer.config.choices import choice_secrets
from installer.config.compose_files import FILES, SEPARATOR, compose_files
from installer.config.data_volumes import NONE, data_volumes
from installer.config.elsewhere import away_parts
from installer.config.external import (
    MARK,
    elsewhere,
    external_files,
    external_secrets,
    kept_files,
    of_another_place,
    owned,
)
from installer.config.https import HTTPS_TEMPLATE, changes_https, forwarded_files, https_template
from installer.config.in_use import NOTHING, Change, InUse, changes
from installer.config.override import Override, build_override
from installer.config.secret_values import secret_values
from installer.config.values import own_values
from installer.core.errors import Code, InstallError
from installer.core.installation_files import CERTIFICATE_FOLDER, OVERRIDE_FILE
from installer.core.resources import table
from installer.core.secrets import Secret
from installer.hosts.base import FileContent
from installer.release.archive import ReleaseTree
from installer.release.envfile import EnvFile
from installer.release.features import NeededCompose, features_of, needed_compose
from installer.release.interpolate import interpolate
from installer.release.model import ReleaseModel
from installer.release.ports import PublishedPort, parse_port
from installer.release.services import databases_of, service

_HEADING = "Added by Dify Installer"
#: Compose's own variables, of which no release speaks.
_COMPOSES = (FILES, SEPARATOR)


@dataclass(frozen=True)
class Port:
    """A published port. *purpose*: ``http``, ``https``, ``plugin_debugging``, or the service's role."""

    address: str
    host_port: int
    container_port: int
    protocol: str
    service: str
    open_to_world: bool
    purpose: str


@dataclass(frozen=True)
class Configuration:
    """All that is placed and expected. *files* are relative to the docker folder and come after the release's
    own tree; they include ``.env`` and the override file. *env* is ``.env`` as Compose reads it: it holds
    secrets, so it is not shown."""

    env_text: Secret
    env: Mapping[str, str]
    override_text: str
    files: tuple[FileContent, ...]
    #: named volumes that our override file puts in place of data folders
    volumes: tuple[str, ...]
    services: tuple[str, ...]
    #: services of the release that are not started, as the answers name something else in their place
    elsewhere: tuple[str, ...]
    one_shots: tuple[str, ...]
    databases: tuple[str, ...]
    ports: tuple[Port, ...]
    #: service → image, also of those that only do something now and then (certbot); built ones have none
    service_images: Mapping[str, str]
    needed_compose: NeededCompose  # by the release's file and our override file together
    override_compose: NeededCompose  # by the override file alone
    base_url: str
    secrets: tuple[Secret, ...]
    changes: tuple[Change, ...]
    #: what the site shows to browsers, None where none of ours is placed
    certificate: CertificateInfo | None
    #: files of ours that are there and stay, although the answers do not name them again
    kept: tuple[str, ...]
    unknown_env: tuple[str, ...]  # names in both files' [env] that the release knows nothing of

    @property
    def images(self) -> tuple[str, ...]:
        """The images of all services, each once, sorted."""
        return tuple(sorted({*self.service_images.values()}))

    def __repr__(self) -> str:
        return f"Configuration({self.base_url}, {len(self.services)} services)"


def render(
    answers: Answers, secrets: Secrets, tree: ReleaseTree, model: ReleaseModel, in_use: InUse = NOTHING
) -> Configuration:
    """The configuration for *answers*. A person's own certificate and key are read from the answers' files.

    With the result's ``env_text`` as ``in_use.env``, and the rest of *in_use* the same, the result is the
    same bytes. Raises ``InstallError``: STORE_UNKNOWN, DATABASE_UNKNOWN, RELEASE_LAYOUT_UNKNOWN,
    ENV_UNREADABLE, ENV_VALUE_UNSUPPORTED, CERTIFICATE_UNREADABLE, TLS_RELEASE_CANNOT, and what
    ``check_external`` raises.
    """
    check_release(answers, tree, model)
    env_before = _parsed(in_use.env) if in_use.env is not None else None
    existing = of_another_place(answers, env_before) if env_before else None
    env_file = _env_file(answers, secrets, model, existing, in_use)
    env = env_file.values()
    away = elsewhere(answers, model)
    whole, model = model, model.without(away)
    services = model.expected(env)
    volumes = data_volumes(model, tree, env, services) if in_use.named_volumes else NONE
    override = build_override(answers, model, env, in_use, volumes, away_parts(whole, away))
    certificate = answers.tls.way.certificate(answers, secrets, in_use.self_signed, datetime.now(UTC))
    return Configuration(
        env_text=Secret(str(env_file)),
        env=env,
        override_text=override.text,
        files=_files(str(env_file), override, answers, tree, certificate),
        volumes=volumes.names,
        services=services,
        elsewhere=away,
        one_shots=model.one_shots(env),
        databases=databases_of(services),
        ports=_ports(model, override, env),
        service_images=_images(model, override, env, acme_services(answers)),
        needed_compose=needed_compose(features_of(whole.compose) | override.features),
        override_compose=needed_compose(override.features),
        base_url=answers.base_url,
        secrets=_all_secrets(env, model, secrets, certificate),
        changes=changes(env_before.values(), env) if env_before else (),
        certificate=certificate.info if certificate else None,
        kept=kept_files(answers, env),
        unknown_env=tuple(
            key for key in (*answers.env, *secrets.env) if not model.knows(key) and key not in _COMPOSES
        ),
    )


def _env_file(
    answers: Answers,
    secrets: Secrets,
    model: ReleaseModel,
    existing: EnvFile | None,
    in_use: InUse,
) -> EnvFile:
    before = existing.values() if existing else {}
    own = own_values(answers, model, before, in_use.memory)
    asked = dict(answers.env)
    if in_use.pins:
        own |= compose_files({**before, **answers.env}, answers.docker_folder)
        asked = {key: value for key, value in asked.items() if key not in _COMPOSES}
    chosen = {
        **_added_by_hand(model, existing, own),
        **secret_values(
            model,
            "" if answers.stores.external else answers.stores.vector,
            secrets,
            existing,
            owned(answers, model),
        ),
        **choice_secrets(answers, secrets, before),
        **external_secrets(answers, secrets, model, before),
        **asked,
    }
    values = {**own, **dict(sorted(chosen.items()))}  # sorted: appended lines keep their order for ever
    template = model.env_file.with_lines_of(existing, heading=_HEADING) if existing else model.env_file
    return template.with_values(values, heading=_HEADING)


def _images(
    model: ReleaseModel, override: Override, env: Mapping[str, str], tools: tuple[str, ...]
) -> Mapping[str, str]:
    names = (*model.expected(env), *tools)
    found = {n: override.images.get(n) or model.image_of(n, env) for n in names}
    return {name: image for name, image in found.items() if image}


def _parsed(text: str) -> EnvFile:
    """The ``.env`` in use. Bytes that were no UTF-8 arrive as U+FFFD: what stood there is lost, and a
    password among it would be written back changed."""
    before, damaged, _ = text.partition("\ufffd")
    if damaged:
        line = str(before.count("\n") + 1)
        raise InstallError(Code.ENV_UNREADABLE, {"line": line}, detail=f"UTF-8: {line}")
    return EnvFile.parse(text)


def _added_by_hand(model: ReleaseModel, existing: EnvFile | None, own: Mapping[str, str]) -> dict[str, str]:
    """Variables in the ``.env`` in use that the release's own file has not: kept unless the answers say
    otherwise. Those made of other variables are left to Compose, as their meaning may have changed."""
    if existing is None:
        return {}
    known, values = set(model.env_file.keys), existing.values()
    plain = {line.key for line in existing.lines if "$" not in line.raw or line.quote == "'"}
    known |= {*own_variables(), MARK}  # gone with the answer that made them
    return {k: v for k, v in values.items() if k in plain and k not in known and k not in own}


def _files(
    env_text: str, override: Override, answers: Answers, tree: ReleaseTree, certificate: Certificate | None
) -> tuple[FileContent, ...]:
    """0600 for all that holds a secret."""
    files = [
        FileContent(".env", env_text.encode(), 0o600),
        FileContent(OVERRIDE_FILE, override.text.encode(), 0o644),
        *override.files,
        *forwarded_files(answers, tree),
        *external_files(answers),
    ]
    if certificate is not None and (names := answers.tls.way.files):
        public, private = names
        files.append(FileContent(f"{CERTIFICATE_FOLDER}/{public}", certificate.chain, 0o600))
        files.append(FileContent(f"{CERTIFICATE_FOLDER}/{private}", certificate.key.reveal().encode(), 0o600))
    if changes_https(answers):
        template = https_template(tree.text("nginx/https.conf.template"), answers)
        files.append(FileContent(HTTPS_TEMPLATE, template.encode(), 0o644))
    return tuple(files)


def _ports(model: ReleaseModel, override: Override, env: Mapping[str, str]) -> tuple[Port, ...]:
    found = [port for port in model.ports(env) if port.service not in override.ports]
    for name, specs in override.ports.items():
        for spec in specs:
            try:
                found.append(parse_port(interpolate(spec, env), name))
            except ValueError as exc:
                raise InstallError(
                    Code.RELEASE_LAYOUT_UNKNOWN, {"version": model.version, "what": spec}
                ) from exc
    ordered = sorted(found, key=lambda p: (p.host_port, p.service))
    return tuple(_with_purpose(port, env) for port in ordered)


def _with_purpose(port: PublishedPort, env: Mapping[str, str]) -> Port:
    role = str(service(port.service).get("role", "other"))
    if role == "proxy":
        role = "https" if str(port.container_port) == env.get("NGINX_SSL_PORT", "443") else "http"
    elif role == "plugins":
        role = "plugin_debugging"
    return Port(**asdict(port), open_to_world=port.open_to_world, purpose=role)


def public_values(model: ReleaseModel) -> frozenset[str]:
    """Values that the release publishes: they are no secrets whatever their names say, and masking ``dify``
    or ``admin`` would make every text unreadable."""
    built_in = (entry["built_in"] for entry in table("secrets")["secret"] if "built_in" in entry)
    defaults = (key.default for key in model.env_keys.values())
    return frozenset({"", *built_in, *defaults, *model.env_file.values().values()})


def _all_secrets(
    env: Mapping[str, str], model: ReleaseModel, secrets: Secrets, certificate: Certificate | None
) -> tuple[Secret, ...]:
    """Every secret value, for the redactor."""
    public = public_values(model)
    values = [Secret(value) for key, value in env.items() if is_secret_name(key) and value not in public]
    for address in (env.get(key, "") for key in (*own_variables(), *table("external")["redis_urls"])):
        login = urlsplit(address).password
        if login and login not in public:
            values += [Secret(address), Secret(login), Secret(unquote(login))]
    keys = certificate.secrets if certificate is not None else ()
    return tuple(dict.fromkeys([*values, *secrets.all(), *keys]))
