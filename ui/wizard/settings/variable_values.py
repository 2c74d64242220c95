"""The variables of a release: what they are, which value counts, and where it comes from. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from installer.answers.owned import is_secret_name, owner_of
from installer.config.values import own_values
from installer.core.resources import table
from installer.core.secrets import MASK
from installer.release.envfile import EnvFile
from installer.release.model import ReleaseModel
from installer.state.plan_input import Situation


@dataclass(frozen=True)
class Variable:
    """One of Dify's variables. *owner*: the answer's field that decides it, ``secrets`` for a secret,
    ``generated`` for one that the program makes, empty for one that people may set."""

    name: str
    default: str = ""
    comment: str = ""
    owner: str = ""

    @property
    def hidden(self) -> bool:
        """Whether its values are secrets."""
        return self.owner in ("secrets", "generated")

    @property
    def haystack(self) -> str:
        """What a search looks into, apart from the value set."""
        return f"{self.name}\n{'' if self.hidden else self.default}\n{self.comment}".casefold()


@dataclass(frozen=True)
class Values:
    """*answered*: what the person set; *in_use*: the ``.env`` on the machine, empty before the first start;
    *fitted*: what the program writes without an answer; *coming*: the ``.env`` that would be written. All
    by name."""

    answered: Mapping[str, str] = field(default_factory=dict)
    in_use: Mapping[str, str] = field(default_factory=dict)
    fitted: Mapping[str, str] = field(default_factory=dict)
    coming: Mapping[str, str] = field(default_factory=dict)

    def of(self, variable: Variable) -> str:
        """The value that counts."""
        found = None if variable.owner else self.answered.get(variable.name)
        return found if found is not None else self.coming.get(variable.name, variable.default)

    def origin(self, variable: Variable) -> str:
        """``you``, ``machine`` (edited there), ``program``, ``dify``."""
        name, value = variable.name, self.of(variable)
        if name in self.answered:
            return "you"
        if value == variable.default:
            return "dify"
        return "machine" if self.in_use.get(name) == value else "program"

    def put_back(self, variable: Variable) -> str | None:
        """What to answer for the release's default: None where that is what counts without an answer."""
        name, default = variable.name, variable.default
        return None if self.fitted.get(name, self.in_use.get(name, default)) == default else default


def values_of(situation: Situation) -> Values:
    """What *situation* found and would write; secrets stay out."""
    text = situation.facts.env
    in_use = EnvFile.parse(text.reveal()).values() if text else {}
    answers = replace(situation.answers, env=MappingProxyType({}))
    memory = situation.facts.containers_memory
    fitted = own_values(answers, situation.model, in_use, memory)
    return Values(in_use=_shown(in_use), fitted=_shown(fitted), coming=_shown(situation.configuration.env))


def _shown(env: Mapping[str, str]) -> Mapping[str, str]:
    """*env* as it may be shown; an address may have a login in it."""
    public = {k: v for k, v in env.items() if not is_secret_name(k)}
    return {k: MASK if "://" in v and "@" in v else v for k, v in public.items()}


def variables_of(
    model: ReleaseModel | None, env: Mapping[str, str], decided: Mapping[str, str] = MappingProxyType({})
) -> tuple[Variable, ...]:
    """Everything that *model* knows, in its order, then those of *env* that it does not know. *decided*:
    variable → the answers' field that decides it with these answers (``answers.decided.owners``)."""
    generated = {key for entry in table("secrets")["secret"] for key in entry["keys"]}

    def owner(name: str) -> str:
        return "generated" if name in generated else decided.get(name) or owner_of(name) or ""

    known = model.env_keys if model else {}
    found = [Variable(k.name, k.default, k.comment, owner(k.name)) for k in known.values()]
    found += [Variable(name, owner=owner(name)) for name in env if name not in known]
    return tuple(found)
