"""Reads from the source which params each code is raised with, as far as that can be seen there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "installer"
_MAKERS = ("InstallError", "Finding", "finding")
#: Methods of ``state.external_report.Trial``, and what they add.
_TRIALS, _TRIED = ("stop", "warn"), frozenset({"service", "section", "address"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Site:
    """A place where *codes* are raised with *keys*; *open*: with further ones that are made elsewhere."""

    where: str
    codes: frozenset[str]
    keys: frozenset[str]
    open: bool


@cache
def all_sites() -> tuple[Site, ...]:
    """Every place in ``installer/`` that makes an ``InstallError`` or a ``Finding``."""
    return tuple(
        s for path in sorted(SOURCE.rglob("*.py")) for s in sites(path.read_text("utf-8"), path.name)
    )


def sites(source: str, name: str) -> Iterator[Site]:
    """The places in one module."""
    module = ast.parse(source)
    reader = _Module(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (found := reader.site(node)):
            codes, keys, is_open = found
            if codes:
                yield Site(f"{name}:{node.lineno}", frozenset(codes), frozenset(keys), is_open)


class _Module:
    """One module's functions, and who is in which."""

    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self.functions: dict[str, Function] = {}
        self.inside: dict[ast.AST, Function] = {}
        for node in ast.walk(module):
            if isinstance(node, Function):
                self.functions[node.name] = node
                for child in ast.walk(node):
                    self.inside[child] = node  # ast.walk goes from outside to inside: the nearest wins

    def site(self, call: ast.Call) -> tuple[set[str], set[str], bool] | None:
        """Codes, keys and whether there may be more keys; None if *call* makes no error."""
        if isinstance(call.func, ast.Name) and call.func.id in _MAKERS and call.args:
            params = call.args[1] if len(call.args) > 1 else _keyword(call, "params")
            keys, is_open = (set(), False) if params is None else self.keys(params)
            return self.codes(call.args[0]), keys, is_open
        if isinstance(call.func, ast.Attribute) and call.func.attr == "check" and call.args:
            keys = {k.arg for k in call.keywords if k.arg}
            return self.codes(call.args[0]), keys, any(k.arg is None for k in call.keywords)
        if isinstance(call.func, ast.Attribute) and call.func.attr in _TRIALS and len(call.args) == 2:
            keys, is_open = self._keywords(call)
            return self.codes(call.args[1]), keys, is_open
        return None

    def _keywords(self, call: ast.Call) -> tuple[set[str], bool]:
        """The params of a finding about a service of one's own (``Trial``), by keyword."""
        keys, is_open = {*_TRIED}, False
        for keyword in call.keywords:
            more, more_open = ({keyword.arg}, False) if keyword.arg else self.keys(keyword.value)
            keys, is_open = keys | more, is_open or more_open
        return keys, is_open

    def codes(self, node: ast.expr) -> set[str]:
        """The names of ``Code`` that *node* may be."""
        if isinstance(node, ast.Name):
            found = [c for value in self.assigned(node) for c in self.codes(value)]
            return set(found) or self.given_codes(node)
        if isinstance(node, ast.Call):
            return self.returned_codes(node)
        return _named(node)

    def given_codes(self, parameter: ast.Name) -> set[str]:
        """*parameter* belongs to a function of this module: what its callers here pass."""
        function = self.inside.get(parameter)
        if function is None or parameter.id not in {a.arg for a in function.args.args}:
            return set()
        calls = (n for n in ast.walk(self.module) if isinstance(n, ast.Call))
        return {
            code
            for call in calls
            if _called(call) == function.name
            for argument in (*call.args, *(k.value for k in call.keywords))
            for code in _named(argument)
        }

    def returned_codes(self, call: ast.Call) -> set[str]:
        """What a function of this module, and those it calls, mention."""
        seen: set[str] = set()
        waiting, found = [_called(call)], set()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.functions:
                continue
            seen.add(name)
            body = self.functions[name]
            found |= _named(body)
            waiting += [_called(n) for n in ast.walk(body) if isinstance(n, ast.Call)]
        return found

    def keys(self, node: ast.expr) -> tuple[set[str], bool]:
        """The keys of a params mapping, and whether there may be more."""
        if isinstance(node, ast.Dict):
            return self._dict_keys(node)
        if isinstance(node, ast.Name):
            before = [v for v in self.assigned(node) if v.lineno <= node.lineno]
            return self.keys(max(before, key=lambda v: v.lineno)) if before else (set(), True)
        if isinstance(node, ast.Call) and _called(node) == "params":
            return self._keywords(node)
        return set(), True

    def _dict_keys(self, node: ast.Dict) -> tuple[set[str], bool]:
        keys: set[str] = set()
        is_open = False
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                more, more_open = self.keys(value)
                keys, is_open = keys | more, is_open or more_open
            elif isinstance(key, ast.Constant):
                keys.add(str(key.value))
            else:
                is_open = True
        return keys, is_open

    def assigned(self, name: ast.Name) -> list[ast.expr]:
        """What the function around *name* assigns to it."""
        function = self.inside.get(name)
        found: list[ast.expr] = []
        for node in ast.walk(function) if function else ():
            for target, value in _assignments(node):
                if isinstance(target, ast.Name) and target.id == name.id:
                    found.append(value)
        return found


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _unpacked(target, node.value)
    elif isinstance(node, ast.AnnAssign) and node.value:
        yield node.target, node.value


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _named(node: ast.AST) -> set[str]:
    """The X of every ``Code.X`` in *node*."""
    return {
        n.attr
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "Code"
    }


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def said_keys() -> Mapping[str, set[str]]:
    """Literal keys given to ``.say("…", …)`` in the command line and in ``./run``, with their fields."""
    found: dict[str, set[str]] = {}
    root = SOURCE.parent
    for path in (*sorted((root / "installer").rglob("*.py")), root / "tests" / "practice.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and _called(call) == "say" and call.args:
                for key in _texts(call.args[0]):
                    found.setdefault(key, set()).update(k.arg for k in call.keywords if k.arg)
    return found


def _texts(node: ast.expr) -> list[str]:
    """The literal text *node* is, or may be."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
