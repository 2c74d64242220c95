"""How much Dify does at once: presets by the memory of the machine that runs the containers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installer.answers.optional import AS_RELEASED, AUTOMATIC
from installer.core.resources import table
from installer.release.model import ReleaseModel

_GIB = 1024**3
_Preset = Mapping[str, Any]


def presets() -> list[_Preset]:
    """Those of ``presets.toml``, the smallest first."""
    found: list[_Preset] = table("presets")["preset"]
    return found


def preset_of(name: str, memory: int) -> _Preset | None:
    """The preset that answers' *name* means with *memory* bytes; None: the release's own values."""
    if name == AUTOMATIC:
        fitting = (p for p in presets() if memory < p.get("below", float("inf")) * _GIB)
        return next(fitting) if memory > 0 else None
    return next((p for p in presets() if p["name"] == name), None)


def capacity_values(
    name: str, model: ReleaseModel, existing: Mapping[str, str], memory: int
) -> dict[str, str]:
    """The preset's variables. The automatic one, and the release's own, only take the place of what no one
    wrote: the release's defaults, and a whole preset. Without *memory* "automatic" says nothing."""
    if name == AUTOMATIC and memory <= 0:
        return {}
    preset, defaults = preset_of(name, memory), _defaults(model)
    wanted = {**defaults, **_known(preset, model)}
    if name in (AUTOMATIC, AS_RELEASED):
        ours = preset_in(existing, model) is not None
        wanted = {k: v for k, v in wanted.items() if ours or existing.get(k, "") in ("", defaults[k])}
    in_file = {*model.env_file.keys, *existing}
    return {k: v for k, v in wanted.items() if v != defaults[k] or k in in_file}


def preset_in(env: Mapping[str, str], model: ReleaseModel) -> _Preset | None:
    """The preset whose values *env* has, all of them and nothing else; the release's own are none."""
    defaults = _defaults(model)
    has = {key: env.get(key) or default for key, default in defaults.items()}
    return next((p for p in presets() if has == {**defaults, **_known(p, model)} != defaults), None)


def memory_limits(name: str, memory: int, model: ReleaseModel, env: Mapping[str, str]) -> Mapping[str, int]:
    """Role → MiB that a service of it may use. If the memory is not known just now, the limits that go
    with what *env* has stay."""
    unknown = name == AUTOMATIC and memory <= 0
    preset = preset_in(env, model) if unknown else preset_of(name, memory)
    return dict(preset["limits"]) if preset else {}


def _known(preset: _Preset | None, model: ReleaseModel) -> dict[str, str]:
    return {k: v for k, v in (preset["set"] if preset else {}).items() if model.knows(k)}


def _defaults(model: ReleaseModel) -> dict[str, str]:
    keys = {key for preset in presets() for key in preset["set"]}
    return {key: model.env_keys[key].default for key in sorted(keys) if model.knows(key)}
