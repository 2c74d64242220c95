"""The texts are complete, the same in every language, and use only what they are given."""

from __future__ import annotations

import inspect
import locale
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from installer import certificates
from installer.cli.arguments import parser
from installer.core.errors import Code
from installer.core.resources import table as knowledge
from installer.docker.containers import StackState
from installer.texts import LANGUAGES, TABLES, Texts, fill, known_part, on_screen, pick_language, table
from tests.real_releases import every_release
from tests.releases import model_of
from tests.unit.raise_sites import all_sites, said_keys, sites

PARTS = ("what", "why", "do")
OTHERS = tuple(language for language in LANGUAGES if language != "en")

#: Params that the source does not show at the place where the error is made. Reviewed by hand.
MADE_ELSEWHERE: Mapping[Code, frozenset[str]] = {
    # hosts/ssh/pool.py, hosts/ssh/process.py: those of the lost connection
    Code.SSH_SESSION_REFUSED: frozenset({"host", "port"}),
    Code.HOST_UNSUPPORTED: frozenset({"host", "port"}),
}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every sentence in a table."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    else:
        assert isinstance(value, str), path
        yield path, value


def fields(template: str) -> set[str]:
    """The ``{fields}`` of a text; only plain ones are allowed."""
    parts = [
        (name, spec, how) for _, name, spec, how in string.Formatter().parse(template) if name is not None
    ]
    assert all(re.fullmatch(r"[a-z_]+", name) and not spec and not how for name, spec, how in parts), template
    return {name for name, _, _ in parts}


def variants(text: Any) -> list[str]:
    """All sentences of a part of an error: one, or one for each reason."""
    return [sentence for _, sentence in leaves(text)]


def sentences(language: str) -> list[tuple[str, str]]:
    return [(f"{name}{path}", text) for name in TABLES for path, text in leaves(table(language, name))]


# ---------------------------------------------------------------- complete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_text_and_no_text_is_left_over(language: str) -> None:
    errors = table(language, "errors")
    assert set(errors) == {code.value for code in Code}
    for code, entry in errors.items():
        assert {*PARTS} <= set(entry) <= {*PARTS, *(f"{part}_screen" for part in PARTS)}, code
        assert entry["what"] and entry["do"], code
        assert entry.get("what_screen", "x") and entry.get("do_screen", "x"), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_title_and_plan(language: str) -> None:
    for step, entry in table(language, "steps").items():
        assert set(entry) == {"title", "plan"} and all(entry.values()), step
        assert not fields(entry["title"]), step


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_known_service_profile_role_and_store_has_its_text(language: str) -> None:
    services, texts = knowledge("services"), table(language, "services")
    assert set(texts["service"]) == set(services["service"])
    assert set(texts["role"]) == {*(entry["role"] for entry in services["service"].values()), "other"}
    assert set(texts["profile"]) == {*services["profile"], "other"}
    stores = table(language, "stores")["store"]
    assert set(stores) == {*knowledge("stores")["store"], "other"}
    assert all(set(entry) == {"name", "about", "who"} and all(entry.values()) for entry in stores.values())


@every_release
def test_every_part_of_the_releases_has_its_text(version: str) -> None:
    model = model_of(version)
    for language in LANGUAGES:
        services, stores = table(language, "services"), table(language, "stores")["store"]
        assert set(model.services) <= set(services["service"])
        assert set(model.profiles) <= {*services["profile"], *stores}
        assert set(model.stores) <= set(stores)


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_keys_and_fields(language: str) -> None:
    english = {path: fields(text) for path, text in sentences("en")}
    assert {path: fields(text) for path, text in sentences(language)} == english


@pytest.mark.parametrize("language", OTHERS)
def test_a_reason_is_given_in_both_languages_or_in_none(language: str) -> None:
    for (path, english), (_, other) in zip(sentences("en"), sentences(language), strict=True):
        assert bool(english) == bool(other), path


# ---------------------------------------------------------------- well written


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_shouting_no_code_no_stray_space(language: str) -> None:
    for path, text in sentences(language):
        assert not re.search(r"[!！]|unknown error|不明なエラー", text, re.IGNORECASE), path
        assert text == text.strip() and "  " not in text and "\n" not in text, path
        assert not any(code.value in text for code in Code if "." in code), path


def test_japanese_is_japanese_with_half_width_digits_and_letters() -> None:
    marks = {"cli/progress_bytes", "cli/progress_count", "cli/external_line"}
    names = r"Docker|Engine|Compose|Dify|CPU|OS|GB"
    for path, text in sentences("ja"):
        assert not re.search("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", text), path
        if path.startswith(("checks/", "network/check/")) and not re.search(
            "[A-Za-z]", re.sub(rf"\{{\w+\}}|{names}", "", text)
        ):
            continue  # names and numbers
        if re.fullmatch(
            r"(stores/store|stores/database|network/provider|external/storage)/[\w-]+/name", path
        ):
            continue  # brands
        assert not text or path in marks or re.search("[\u3041-\u30ff\u4e00-\u9fff]", text), path


def test_japanese_is_polite_where_it_speaks() -> None:
    """What to do is asked for or told as です・ます; nothing ends in plain form."""
    for code, entry in table("ja", "errors").items():
        for do in (*variants(entry["do"]), *variants(on_screen(entry, "do"))):
            assert re.search(r"ください|ます|です|ました|ません|: ", do), code
        assert not re.search(r"(である|する|だ|ない)。", "".join(variants(entry))), code


def test_japanese_about_stores_is_polite() -> None:
    for name, entry in table("ja", "stores")["store"].items():
        for part in ("about", "who"):
            assert re.search(r"(です|ます|ません|ください)。$", entry[part]), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_window_speaks_of_no_files_and_keys(language: str) -> None:
    """Whoever sees only the window knows no answers file, except in errors about such a file itself."""
    file_words = (
        r"answers file|secrets file|the answers ask|設定ファイル|秘密情報ファイル|\[\w+\]|run the command|"
        r"(?<![a-z./])(target|release|site|ports|tls|stores|admin|env)\.[a-z_]+"
    )
    for code in Code:
        if code.value.startswith(("answers.", "secrets.")):
            continue
        entry = table(language, "errors")[code.value]
        for part in PARTS:
            for text in variants(on_screen(entry, part)):
                assert not re.search(file_words, text), (code, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_has_no_percent_sign(language: str) -> None:
    """argparse would take it for a field."""
    help_texts = {k: v for k, v in table(language, "cli").items() if k.startswith("help_")}
    assert help_texts and not any("%" in text for text in help_texts.values())


# ---------------------------------------------------------------- only what is given


def passed() -> dict[Code, set[str]]:
    """Code → every param that some place in the engine gives it."""
    found: dict[Code, set[str]] = {code: set(MADE_ELSEWHERE.get(code, ())) for code in Code}
    for site in all_sites():
        for name in site.codes:
            found[Code[name]] |= site.keys
    return found


def test_error_texts_use_only_params_that_are_passed() -> None:
    given = passed()
    wrong = {
        code.value: missing
        for code in Code
        if (missing := set().union(*map(fields, variants(table("en", "errors")[code]))) - given[code])
    }
    assert not wrong


def test_params_made_elsewhere_are_still_made_elsewhere() -> None:
    """The table of exceptions must not outlive its reasons."""
    hidden = {Code[name] for site in all_sites() if site.open for name in site.codes}
    assert set(MADE_ELSEWHERE) <= hidden


def test_the_command_line_says_only_what_exists() -> None:
    cli = table("en", "cli")
    for key, given in said_keys().items():
        assert key in cli, key
        assert fields(cli[key]) <= given, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_that_are_put_together(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``state_…`` and ``help_…``: one for each state and each command, as argparse shows them."""
    assert {f"state_{state}" for state in get_args(StackState)} <= set(table(language, "cli"))
    for words in (["--help"], ["logs", "--help"], ["releases", "--help"], ["render", "--help"]):
        with pytest.raises(SystemExit) as end:
            parser(Texts(language)).parse_args(words)
        assert end.value.code == 0
    assert table(language, "cli")["help_json"].split()[0] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "codes", "keys", "is_open"),
    [
        ("InstallError(Code.A)", {"A"}, set(), False),
        ("InstallError(Code.A, {'x': 1, 'y': 2}, detail='')", {"A"}, {"x", "y"}, False),
        ("Finding(Code.A, params={'x': 1})", {"A"}, {"x"}, False),
        ("result.check(Code.A, x='')", {"A"}, {"x"}, False),
        ("InstallError(Code.A, self.params)", {"A"}, set(), True),
        ("def f():\n p = {'x': 1}\n raise InstallError(Code.A, {**p, 'y': 2})", {"A"}, {"x", "y"}, False),
        ("def f():\n p = {'x': 1}\n InstallError(Code.A, p)\n p = {'y': 2}", {"A"}, {"x"}, False),
        ("def f(p):\n raise InstallError(Code.A, p)", {"A"}, set(), True),
        (
            "def f(a):\n c, p = (Code.A if a else Code.B), {'x': 1}\n InstallError(c, p)",
            {"A", "B"},
            {"x"},
            False,
        ),
        ("def f(c):\n InstallError(c, {'x': 1})\nf(Code.A)\nself.f(Code.B)", {"A", "B"}, {"x"}, False),
        ("def g():\n return h()\ndef h():\n return Code.A\nInstallError(g(), {'x': 1})", {"A"}, {"x"}, False),
    ],
)
def test_raise_sites_are_read(source: str, codes: set[str], keys: set[str], is_open: bool) -> None:
    (site,) = sites(source, "m.py")
    assert (set(site.codes), set(site.keys), site.open) == (codes, keys, is_open)


def test_other_calls_are_no_raise_sites() -> None:
    assert not list(sites("expected.check(key, host, port)\nother(Code.A, {'x': 1})", "m.py"))


# ---------------------------------------------------------------- reading them


def test_fields_that_are_not_given_show_as_a_question_mark() -> None:
    assert fill("{a} of {b}, {c}", {"a": "1", "c": ""}) == "1 of ?, ?"


def test_explanations() -> None:
    params = {"port": "8080", "holder": "apache2 (pid 7)"}
    english, japanese = (Texts(language).explain(Code.PORT_IN_USE, params) for language in ("en", "ja"))
    assert "8080" in english.what and "apache2 (pid 7)" in english.why and "[ports]" in english.do
    assert "8080" in japanese.what and "apache2 (pid 7)" in japanese.why and "[ports]" in japanese.do
    assert Texts("en").explain("no.such.code", {}) == Texts("en").explain("internal", {})
    assert Texts("fr").language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_holds_the_lock_and_how_far_it_is(language: str) -> None:
    def why(**more: str) -> str:
        params = {"who": "taro@desk", "since": "12:00", **more}
        return Texts(language).explain(Code.INSTALLATION_LOCKED, params).why

    title = Texts(language).step("pull")
    assert why(step="pull", progress="42 %").endswith("42 %")
    assert why(step="pull", progress="").endswith((f"{title}.", f"{title}。"))
    assert title not in why(step="", progress="") and "taro@desk" in why(step="", progress="")
    assert "?" not in why(step="pull", progress="") + why(step="", progress="")


def test_explanations_for_the_window() -> None:
    params = {"port": "8080", "holder": "apache2 (pid 7)"}
    english, japanese = Texts("en"), Texts("ja")
    assert "Settings page" in english.explain(Code.PORT_IN_USE, params, screen=True).do
    assert "「設定」" in japanese.explain(Code.PORT_IN_USE, params, screen=True).do
    for texts in (english, japanese):
        window, line = (texts.explain(Code.PORT_IN_USE, params, screen=s) for s in (True, False))
        assert (window.what, window.why) == (line.what, line.why)
        same = {"host": "h"}
        window, line = (texts.explain(Code.SSH_UNREACHABLE, same, screen=s) for s in (True, False))
        assert window == line
        differs = texts.explain(Code.RELEASE_DIFFERS, {"installed": "1", "asked": "2"}, screen=True)
        assert "answers" not in differs.what and "設定ファイル" not in differs.what
    key = {"command": "ssh-keygen -lf x", "host": "h", "type": "ssh-ed25519", "fingerprint": "SHA256:x"}
    assert '"It matches"' in english.explain(Code.SSH_HOST_KEY_UNKNOWN, key, screen=True).do
    assert "「一致する」" in japanese.explain(Code.SSH_HOST_KEY_UNKNOWN, key, screen=True).do


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_that_is_not_known_is_not_given(language: str) -> None:
    explain = Texts(language).explain
    assert explain(Code.PORT_IN_USE, {"port": "80", "holder": ""}).why == ""
    rated = explain(Code.RELEASE_RATE_LIMITED, {"reset": ""}).why
    assert rated and "?" not in rated and rated[-1] in ".。"
    assert "09:00" in explain(Code.RELEASE_RATE_LIMITED, {"reset": "09:00 UTC"}).why
    unsafe = explain(Code.RELEASE_UNSAFE, {"archive": "a.zip", "what": ""}).why
    assert unsafe and "?" not in unsafe and "—" not in unsafe
    assert "?" in explain(Code.ANSWERS_BAD_VALUE, {"key": "a", "value": "", "expected": "b"}).why
    assert "?" in explain(Code.PORT_IN_USE, {}).what


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_that_may_be_left_out_are_whole(language: str) -> None:
    for code, entry in table(language, "errors").items():
        for why in (*variants(entry["why"]), *variants(entry.get("why_screen", ""))):
            rest = known_part(why, {})
            assert not fields(rest), code
            for pair in ("()", "（）", "「」"):
                assert rest.count(pair[0]) == rest.count(pair[1]), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_certificate_and_its_addresses(language: str) -> None:
    params = {"path": "/c", "reason": "address", "names": "a.b, c.d", "address": "e.f"}
    why = Texts(language).explain(Code.CERTIFICATE_UNREADABLE, params).why
    assert "a.b, c.d" in why and "e.f" in why
    shorter = Texts(language).explain(Code.CERTIFICATE_UNREADABLE, {"path": "/c", "reason": "format"}).why
    assert "?" not in shorter and "PFX" in shorter


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_may_depend_on_the_reason(language: str) -> None:
    def do(reason: str, *, screen: bool) -> str:
        params = {"path": "/c", "reason": reason}
        return Texts(language).explain(Code.CERTIFICATE_UNREADABLE, params, screen=screen).do

    assert "tls.key" in do("swapped", screen=False) and "tls.key" not in do("swapped", screen=True)
    assert do("html", screen=False) == do("html", screen=True) != do("swapped", screen=True)
    assert do("no such reason", screen=False) == do("other", screen=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_against_a_certificate_is_one_that_the_source_knows(language: str) -> None:
    entry = table(language, "errors")["certificate.unreadable"]
    assert set(entry["why"]) == set(entry["do"]) and set(entry["do_screen"]) < set(entry["do"])
    folder = Path(inspect.getfile(certificates)).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert {reason for reason in entry["why"] if f'"{reason}"' not in source} == {"other"}


def test_services_profiles_and_stores() -> None:
    english, japanese = Texts("en"), Texts("ja")
    assert (english.service("nginx"), japanese.service("nginx")) == ("front door", "入口")
    assert (english.service("no_such"), japanese.service("no_such")) == ("a part of Dify", "Dify の一部")
    assert english.store("pgvector").name == english.profile("pgvector") == "pgvector"
    assert japanese.store("elasticsearch-ja").name == "Elasticsearch（日本語）"
    unknown = english.store("no_such")
    assert unknown.name == "no_such" and "does not know" in unknown.about and unknown.who
    assert english.profile("certbot") == "free certificates"
    assert english.profile("no_such") == "an optional part"
    assert "searchable copies of your documents" in english.what_is_a_store()
    assert "ドキュメント" in japanese.what_is_a_store()


def test_a_known_service_without_text_is_described_by_its_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.texts.known_service", lambda name: {"role": "vector_store"})
    assert Texts("en").service("brand_new_store") == "searchable documents"


@pytest.mark.parametrize("language", LANGUAGES)
def test_services_are_described_in_few_words(language: str) -> None:
    for path, text in leaves(table(language, "services")):
        assert len(text.split()) <= 4 and len(text) <= 30 and text[-1] not in ".。", path


def test_steps() -> None:
    english = Texts("en")
    assert english.step("databases:redis") == english.step("databases") == "Start the databases"
    assert "redis" in english.step("databases", {"services": "redis"})
    assert english.step("something_new") == "something_new"


@pytest.mark.parametrize(
    ("asked", "environment", "language"),
    [
        ("", {}, "en"),
        ("ja", {"LC_ALL": "en_US.UTF-8"}, "ja"),
        ("ja-JP", {}, "ja"),
        ("JA", {}, "ja"),
        ("", {"LANG": "ja_JP.UTF-8"}, "ja"),
        ("", {"LANG": "ja.UTF-8"}, "ja"),
        ("", {"LC_ALL": "", "LC_MESSAGES": "ja_JP", "LANG": "en_US"}, "ja"),
        ("", {"LC_ALL": "en_US.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ("", {"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "ja"),
        ("", {"LANG": "C"}, "en"),
        ("", {"LANG": "POSIX"}, "en"),
        ("fr", {"LANG": "ja_JP.UTF-8"}, "en"),
        ("", {"LC_MESSAGES": "fr_FR.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
    ],
)
def test_pick_language(asked: str, environment: dict[str, str], language: str) -> None:
    assert pick_language(asked, environment) == language


@pytest.mark.parametrize(
    ("platform", "language"),
    [("Japanese_Japan", "ja"), ("ja_JP", "ja"), ("en_US", "en"), ("German_Germany", "en"), (None, "en")],
)
def test_the_platforms_language_counts_last(
    monkeypatch: pytest.MonkeyPatch, platform: str | None, language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(locale, "getlocale", lambda: (platform, None))
    assert pick_language() == language
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert pick_language() == "ja"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["errors", "gate", "history"])
def test_every_reason_has_words(language: str, name: str) -> None:
    """A part that depends on the reason says something for one that it does not know, too."""

    def without(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, Mapping):
            if path.rpartition("/")[2] in PARTS and "other" not in value:
                yield path
            for key, inner in value.items():
                yield from without(inner, f"{path}/{key}")

    assert [*without(table(language, name), "")] == []
