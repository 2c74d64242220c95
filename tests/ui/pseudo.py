"""A language 40 % longer than English that marks every text: finds what is clipped or untranslated."""

from __future__ import annotations

from collections.abc import Mapping

from installer.texts import Explanation, StoreText, Texts

_ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


def stretch(text: str) -> str:
    """*text* in brackets, longer by 40 %; a mnemonic stays one."""
    if not text:
        return ""
    more = "~" * round(len(text) * 0.4 / 6)
    padding = " ".join(["ýxýxý"] * len(more))
    return f"⟦{text.translate(_ACCENTS)}{' ' + padding if padding else ''}⟧"


class PseudoTexts(Texts):
    """English, stretched."""

    def __init__(self) -> None:
        super().__init__("en")

    def explain(self, code: str, params: Mapping[str, str], *, screen: bool = False) -> Explanation:
        said = super().explain(code, params, screen=screen)
        return Explanation(stretch(said.what), stretch(said.why), stretch(said.do))

    def step(self, step: str, params: Mapping[str, str] | None = None) -> str:
        return stretch(super().step(step, params))

    def say(self, key: str, **params: str) -> str:
        return stretch(super().say(key, **params))

    def ui(self, key: str, **params: str) -> str:
        return stretch(super().ui(key, **params))

    def check_name(self, check_id: str, params: Mapping[str, str]) -> str:
        return stretch(super().check_name(check_id, params))

    def check_evidence(self, check_id: str, verdict: str, params: Mapping[str, str]) -> str:
        return stretch(super().check_evidence(check_id, verdict, params))

    def group(self, group: str) -> str:
        return stretch(super().group(group))

    def verdict(self, verdict: str) -> str:
        return stretch(super().verdict(verdict))

    def service(self, name: str) -> str:
        return stretch(super().service(name))

    def store(self, name: str) -> StoreText:
        said = super().store(name)
        return StoreText(said.name, stretch(said.about), stretch(said.who))

    def what_is_a_store(self) -> str:
        return stretch(super().what_is_a_store())


def texts_of(language: str) -> Texts:
    """``en``, ``ja`` or ``pseudo``."""
    return PseudoTexts() if language == "pseudo" else Texts(language)
