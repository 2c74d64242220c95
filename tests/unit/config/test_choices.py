"""Size, uploads, time zone, mail, proxy and mirror, over every release and as Compose reads them."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_string
from email.mime.text import MIMEText
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, Secrets, Target
from installer.answers.optional import Capacity, Locale, Mail, Proxy, Registry, Uploads
from installer.config import Configuration, render
from installer.config.capacity import preset_of
from installer.config.choices import megabytes
from installer.config.in_use import InUse
from installer.config.japanese import japanese_values
from installer.config.override_choices import hub_path
from installer.core.resources import table
from installer.core.secrets import MASK, Secret
from installer.facts.desktop import Desktop
from installer.facts.machine import Cgroups, Machine
from installer.facts.model import Facts, System
from installer.release.services import service
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_release
from tests.releases import model_of, tree_of

GIB = 1024**3
HERE = Answers(target=Target(host="203.0.113.5", user="admin"))
MAIL = Mail("smtp", "Dify <dify@example.com>", "smtp.example.com", 587, "starttls", "dify")


def configured(
    version: str,
    answers: Answers = HERE,
    secrets: Secrets | None = None,
    existing: str | None = None,
    *,
    memory: int = 0,
) -> Configuration:
    return render(
        answers, secrets or Secrets(), tree_of(version), model_of(version), InUse(existing, memory=memory)
    )


def seen(folder: Path, version: str, configuration: Configuration) -> dict[str, Any]:
    files = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
    services: dict[str, Any] = compose_config(folder, files)["services"]
    return services


def added(version: str, answers: Answers) -> dict[str, str | None]:
    """Variables that differ from what the plain answers give."""
    plain = configured(version)
    other = configured(version, answers, existing=plain.env_text.reveal()).env
    return {k: other.get(k) for k in {*plain.env, *other} if plain.env.get(k) != other.get(k)}


# ------------------------------------------------------------------------------ size


@pytest.mark.parametrize(
    ("gib", "name"),
    [(0.9, "2gb"), (1.9, "2gb"), (3.7, "4gb"), (5.8, "4gb"), (7.7, "8gb"), (15.4, "16gb"), (62.0, "16gb")],
)
def test_the_size_follows_the_memory(gib: float, name: str) -> None:
    found = preset_of("auto", int(gib * GIB))
    assert found is not None and found["name"] == name


def test_no_memory_known_no_preset() -> None:
    assert preset_of("auto", 0) is None and preset_of("release", 8 * GIB) is None
    assert preset_of("2gb", 64 * GIB) == table("presets")["preset"][0]


@every_release
def test_only_variables_that_the_release_knows(version: str) -> None:
    for preset in table("presets")["preset"]:
        changed = added(version, replace(HERE, capacity=Capacity(preset["name"])))
        assert all(model_of(version).knows(key) for key in changed)
        assert changed.items() <= preset["set"].items()


@every_release
def test_a_small_machine_gets_one_worker_each_and_a_limit(version: str) -> None:
    configuration = configured(version, memory=2 * GIB)
    assert configuration.env["SERVER_WORKER_AMOUNT"] == "1"
    assert configuration.env["CELERY_WORKER_AMOUNT"] == "1"
    limited = [n for n in configuration.services if service(n).get("role") == "worker"]
    assert limited and configuration.override_text.count("mem_limit: 1024m") >= len(limited)
    assert "mem_limit" not in configured(version, memory=32 * GIB).override_text
    assert "mem_limit" not in configured(version).override_text


def edited(version: str, key: str, value: str, memory: int) -> str:
    text = configured(version, memory=memory).env_text.reveal()
    lines = [f"{key}={value}" if line.startswith(f"{key}=") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


@every_release
def test_what_people_wrote_stays_until_they_choose(version: str) -> None:
    by_hand = edited(version, "SERVER_WORKER_AMOUNT", "7", 4 * GIB)
    bigger = configured(version, existing=by_hand, memory=32 * GIB)
    assert bigger.env["SERVER_WORKER_AMOUNT"] == "7"
    chosen = replace(HERE, capacity=Capacity("8gb"))
    assert configured(version, chosen, existing=by_hand, memory=32 * GIB).env["SERVER_WORKER_AMOUNT"] == "1"


@every_release
def test_values_of_several_presets_are_somebodys_own(version: str) -> None:
    """Each of them stands in some preset; together they are none."""
    known = model_of(version)
    by_hand = {"SERVER_WORKER_AMOUNT": "2", "CELERY_WORKER_AMOUNT": "1"}
    text = configured(version).env_text.reveal()
    kept = [line for line in text.splitlines() if line.partition("=")[0] not in by_hand]
    text = "\n".join([*kept, *(f"{key}={value}" for key, value in by_hand.items())]) + "\n"
    env = configured(version, existing=text, memory=8 * GIB).env
    assert {key: env[key] for key in by_hand} == by_hand and known.knows("CELERY_WORKER_AMOUNT")


@every_release
def test_limits_stay_while_nobody_can_tell_the_memory(version: str) -> None:
    small = configured(version, memory=2 * GIB)
    unsure = configured(version, existing=small.env_text.reveal())
    assert unsure.override_text == small.override_text and unsure.changes == ()


@every_release
def test_another_memory_is_another_preset_and_back(version: str) -> None:
    default = (
        configured(version).env["CELERY_WORKER_AMOUNT"]
        if model_of(version).env_file.values().get("CELERY_WORKER_AMOUNT")
        else ""
    )
    large = configured(version, memory=32 * GIB)
    assert large.env["CELERY_WORKER_AMOUNT"] == "4"
    small = configured(version, existing=large.env_text.reveal(), memory=2 * GIB)
    assert small.env["CELERY_WORKER_AMOUNT"] == "1"
    as_released = replace(HERE, capacity=Capacity("release"))
    back = configured(version, as_released, existing=small.env_text.reveal(), memory=2 * GIB)
    assert back.env.get("CELERY_WORKER_AMOUNT", "") == default
    again = configured(version, existing=small.env_text.reveal(), memory=2 * GIB)
    assert again.env_text == small.env_text and again.changes == ()


def test_the_memory_that_counts_is_that_of_the_containers() -> None:
    plain = Facts(system=System(memory=8 * GIB))
    assert plain.containers_memory == 8 * GIB
    capped = replace(plain, machine=Machine(cgroups=Cgroups(memory_limit=2 * GIB)))
    assert capped.containers_memory == 2 * GIB
    assert replace(plain, desktop=Desktop("Darwin", memory=4 * GIB)).containers_memory == 4 * GIB
    assert replace(plain, desktop=Desktop("Windows")).containers_memory == 0
    assert replace(plain, desktop=Desktop("Linux")).containers_memory == 8 * GIB


# --------------------------------------------------------------------------- uploads


@every_release
def test_nginx_lets_the_largest_file_through(version: str) -> None:
    """Older releases ship with less there than their own limit for videos."""
    env = configured(version, replace(HERE, uploads=Uploads(document=300))).env
    assert env["UPLOAD_FILE_SIZE_LIMIT"] == "300"
    assert env["NGINX_CLIENT_MAX_BODY_SIZE"] == "305M"
    plain, keys = configured(version).env, model_of(version).env_keys
    through = megabytes(plain.get("NGINX_CLIENT_MAX_BODY_SIZE") or keys["NGINX_CLIENT_MAX_BODY_SIZE"].default)
    limits = [plain.get(key) or keys[key].default for key in table("choices")["uploads"].values()]
    assert through is not None and max(int(limit) for limit in limits) <= through


def test_a_larger_door_and_one_that_was_asked_for_stay() -> None:
    by_hand = edited("98.0.0", "NGINX_CLIENT_MAX_BODY_SIZE", "2g", 0)
    asked = replace(HERE, uploads=Uploads(video=500))
    assert configured("98.0.0", asked, existing=by_hand).env["NGINX_CLIENT_MAX_BODY_SIZE"] == "2g"
    own = replace(asked, env={"NGINX_CLIENT_MAX_BODY_SIZE": "20m"})
    assert configured("99.0.0", own).env["NGINX_CLIENT_MAX_BODY_SIZE"] == "20m"


@every_release
def test_a_smaller_door_by_hand_stays_until_larger_files_are_wanted(version: str) -> None:
    key = "NGINX_CLIENT_MAX_BODY_SIZE"
    text = configured(version).env_text.reveal()
    kept = [line for line in text.splitlines() if not line.startswith(f"{key}=")]
    text = "\n".join([*kept, f"{key}=20M"]) + "\n"
    assert configured(version, existing=text).env[key] == "20M"
    asked = replace(HERE, uploads=Uploads(video=100))
    assert configured(version, asked, existing=text).env[key] == "105M"


@pytest.mark.parametrize(
    ("text", "size"), [("15M", 15), ("1g", 1024), ("512k", 0.5), ("1048576", 1), ("0", None), ("x", None)]
)
def test_sizes_of_nginx(text: str, size: float | None) -> None:
    assert megabytes(text) == size


# --------------------------------------------------------------------- language, mail


@every_release
def test_time_zone(version: str) -> None:
    assert added(version, replace(HERE, locale=Locale("Asia/Tokyo"))) == {"LOG_TZ": "Asia/Tokyo"}


@needs_compose
@every_release
def test_mail_reaches_the_api(version: str, tmp_path: Path) -> None:
    secrets = Secrets(mail_password=Secret("pass word"))
    configuration = configured(version, replace(HERE, mail=MAIL), secrets)
    found = seen(tmp_path, version, configuration)["api"]["environment"]
    wanted = {
        "MAIL_TYPE": "smtp",
        "MAIL_DEFAULT_SEND_FROM": "Dify <dify@example.com>",
        "SMTP_SERVER": "smtp.example.com",
        "SMTP_PORT": "587",
        "SMTP_USERNAME": "dify",
        "SMTP_PASSWORD": "pass word",
        "SMTP_USE_TLS": "true",
        "SMTP_OPPORTUNISTIC_TLS": "true",
    }
    assert {key: found.get(key) for key in wanted} == wanted
    assert secrets.mail_password in configuration.secrets
    text = configuration.env_text.reveal()
    again = configured(version, replace(HERE, mail=MAIL), None, text)  # without the secrets file
    assert again.env_text.reveal() == text


def test_a_name_that_is_not_ascii_does_not_hide_the_address() -> None:
    """As Python's mail makes a header of it, which is what Dify does."""
    answers = replace(HERE, mail=replace(MAIL, sender="日本サポート <dify@example.com>"))
    message = MIMEText("")
    message["From"] = configured("99.0.0", answers).env["MAIL_DEFAULT_SEND_FROM"]
    read = message_from_string(message.as_string(), policy=default)
    assert read["From"].addresses[0].addr_spec == "dify@example.com"
    assert read["From"].addresses[0].display_name == "日本サポート"


@pytest.mark.parametrize(
    ("security", "switches"),
    [("tls", ("true", "false")), ("starttls", ("true", "true")), ("none", ("false", "false"))],
)
def test_mail_security(security: Any, switches: tuple[str, str]) -> None:
    env = configured("99.0.0", replace(HERE, mail=replace(MAIL, security=security))).env
    assert (env["SMTP_USE_TLS"], env["SMTP_OPPORTUNISTIC_TLS"]) == switches


@every_release
def test_japanese_documents(version: str) -> None:
    asked = replace(HERE, locale=Locale(japanese=True))
    fitting = japanese_values("weaviate", model_of(version))
    new = configured(version, asked).env
    assert fitting.items() <= new.items()
    there = configured(version).env_text.reveal()  # documents may be in there
    assert configured(version, asked, existing=there).changes == ()


# ----------------------------------------------------------------------------- proxy


@needs_compose
@every_release
def test_the_proxy_reaches_who_asks_outside(version: str, tmp_path: Path) -> None:
    proxy = Proxy("http://proxy.corp:3128", user="me@corp", exceptions=(".corp",))
    secrets = Secrets(proxy_password=Secret("p@ss/word"))
    configuration = configured(version, replace(HERE, proxy=proxy), secrets)
    services = seen(tmp_path, version, configuration)
    login = "http://me%40corp:p%40ss%2Fword@proxy.corp:3128"
    for name in ("api", "worker"):
        found = services[name]["environment"]
        assert found["HTTP_PROXY"] == found["https_proxy"] == login
        excepted = found["NO_PROXY"].split(",")
        assert {*configuration.services, "localhost", "203.0.113.5", ".corp"} <= {*excepted}
    for name, raw in services.items():
        if service(name).get("role") not in table("choices")["proxy"]["roles"]:
            assert login not in (raw.get("environment") or {}).get("HTTP_PROXY", ""), name
    assert "p%40ss" not in configuration.override_text and "p@ss" not in configuration.override_text
    changed = configured(version, replace(HERE, proxy=proxy), secrets, configured(version).env_text.reveal())
    shown = {c.key: c.new for c in changed.changes}
    assert shown["CONTAINERS_HTTP_PROXY"] == shown["CONTAINERS_HTTPS_PROXY"] == MASK
    assert any(s.reveal() == login for s in configuration.secrets)


def test_a_password_that_is_not_given_again_stays() -> None:
    answers = replace(HERE, proxy=Proxy("http://proxy.corp:3128", user="bob"), mail=MAIL)
    given = Secrets(proxy_password=Secret("gehe:im@"), mail_password=Secret("canary"))
    first = configured("99.0.0", answers, given)
    second = configured("99.0.0", answers, None, first.env_text.reveal())
    assert second.env_text == first.env_text and second.changes == ()
    assert Secret("gehe:im@") in second.secrets  # also as it stands in no file
    moved = replace(answers, proxy=Proxy("http://other.corp:1", user="bob"))  # it must not get the password
    assert "gehe" not in configured("99.0.0", moved, None, first.env_text.reveal()).env_text.reveal()
    other = replace(answers, proxy=Proxy("http://proxy.corp:3128", user="eve"))
    assert "gehe" not in configured("99.0.0", other, None, first.env_text.reveal()).env_text.reveal()


def test_without_the_proxy_its_address_is_gone() -> None:
    proxy = Proxy("http://proxy.corp:3128")
    before = configured("99.0.0", replace(HERE, proxy=proxy))
    after = configured("99.0.0", HERE, None, before.env_text.reveal())
    assert "proxy.corp" in before.env_text.reveal() and "proxy.corp" not in after.env_text.reveal()
    assert "PROXY" not in after.override_text


# ---------------------------------------------------------------------------- mirror


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("nginx:latest", "library/nginx:latest"),
        ("langgenius/dify-api:1.16.1", "langgenius/dify-api:1.16.1"),
        ("docker.io/library/redis:6", "library/redis:6"),
        ("docker.io/redis", "library/redis"),
        ("quay.io/coreos/etcd:v3", ""),
        ("localhost/x:1", ""),
        ("registry:5000/x", ""),
        ("", ""),
    ],
)
def test_names_of_docker_hub(image: str, path: str) -> None:
    assert hub_path(image) == path


@needs_compose
@every_release
def test_images_come_from_the_mirror(version: str, tmp_path: Path) -> None:
    configuration = configured(version, replace(HERE, registry=Registry("mirror.example:5000/hub")))
    services = seen(tmp_path, version, configuration)
    pulled = {name: raw["image"] for name, raw in services.items() if "build" not in raw}
    assert pulled == {n: configuration.service_images[n] for n in configuration.services}
    assert pulled["api"] == f"mirror.example:5000/hub/langgenius/dify-api:{version}"
    assert pulled["nginx"] == "mirror.example:5000/hub/library/nginx:latest"
    assert configuration.images == tuple(sorted({*pulled.values()}))
