"""Finds, by reading the sources, every error code that the project can raise."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("onggi", "privacy", "catalog", "analysis_jobs", "pages", "tools", "node", "coordinator")
_ERRORS = ("Refused", "NotTrusted", "Unreachable", "OnggiError")
_FINDINGS = ("Finding", "LoadWarning", "Problem")
_CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Raised:
    """Codes with the places that raise them, and raises whose code could not be found out."""

    codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unresolved: set[str] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class _Module:
    name: str
    tree: ast.Module

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """By the name of what is called."""
        found = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                found[_name(node.func)].append(node)
        return found

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """By name: several classes may have one."""
        found = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                found[node.name].append(node)
        return found


def find_raised_codes() -> Raised:
    """Every code given to an error or a finding, directly, by a choice, a variable, an argument or a call."""
    modules = list(_modules())
    areas = {
        code.split(".")[0]
        for module in modules
        for inside, call in _error_calls(module.tree)
        if (argument := _code_argument(call)) is not None
        for code in _resolve(argument, inside, modules)
    } - {"node", "log", "onggi", "coordinator"}  # also the first words of file and logger names
    raised = Raised()
    for module in modules:
        for inside, call in _error_calls(module.tree):
            place = f"{module.name}:{call.lineno}"
            argument = _code_argument(call)
            if argument is None:
                continue
            found = _resolve(argument, inside, modules)
            if not found and not _hands_on(argument):
                # Out of a table of the same module: all codes that stand in it.
                found = {code for code in _constants(module.tree) if code.split(".")[0] in areas}
            for code in found:
                raised.codes[code].add(place)
            if not found and not _hands_on(argument):
                raised.unresolved.add(f"{module.name}: {ast.unparse(argument)}")
        for code, line in _told_codes(module.tree):
            raised.codes[code].add(f"{module.name}:{line}")
    return raised


def _told_codes(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Codes that are written down or sent without being raised: `code="..."` and `row.code = ...`."""
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if not isinstance(node, ast.Call | ast.Assign):
            continue
        if isinstance(node, ast.Call):
            values = [word.value for word in node.keywords if word.arg in ("code", "failure")]
        else:
            targets = [one for target in node.targets for one in ast.walk(target)]
            if any(isinstance(one, ast.Attribute) and one.attr == "code" for one in targets):
                values = [node.value]
        for value in values:
            meant = [named.get(one.id, one) for one in ast.walk(value) if isinstance(one, ast.Name)]
            for one in (value, *meant):
                yield from ((code, node.lineno) for code in _constants(one))


def _modules() -> Iterator[_Module]:
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            if not path.name.endswith(("_pb2.py", "_pb2_grpc.py")):
                name = path.relative_to(REPOSITORY).as_posix()
                yield _Module(name, ast.parse(path.read_text(encoding="utf-8")))


def _error_calls(tree: ast.Module) -> Iterator[tuple[list[Function], ast.Call]]:
    """(the functions around it, innermost last; the call)."""

    def walk(node: ast.AST, inside: list[Function]) -> Iterator[tuple[list[Function], ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and _name(child.func) in (*_ERRORS, *_FINDINGS):
                yield inside, child
            deeper = [*inside, child] if isinstance(child, Function) else inside
            yield from walk(child, deeper)

    return walk(tree, [])


def _code_argument(call: ast.Call) -> ast.expr | None:
    if call.args:
        return call.args[0]
    return next((word.value for word in call.keywords if word.arg == "code"), None)


def _hands_on(argument: ast.expr) -> bool:
    """Another error's own code (`error.code`) was raised elsewhere under a name that is found there."""
    return isinstance(argument, ast.Attribute | ast.Starred)


def _resolve(argument: ast.expr, inside: list[Function], modules: list[_Module]) -> set[str]:
    if isinstance(argument, ast.Constant):
        text = argument.value
        return {text} if isinstance(text, str) and _CODE.fullmatch(text) else set()
    if isinstance(argument, ast.IfExp):
        return _resolve(argument.body, inside, modules) | _resolve(argument.orelse, inside, modules)
    if isinstance(argument, ast.BoolOp):
        return set().union(*(_resolve(one, inside, modules) for one in argument.values))
    if isinstance(argument, ast.Name):
        return _of_variable(argument.id, inside, modules)
    if isinstance(argument, ast.Call):
        return _returned_by(_name(argument.func), modules)
    return set()


def _of_variable(name: str, inside: list[Function], modules: list[_Module]) -> set[str]:
    found: set[str] = set()
    for function in inside:
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and any(_binds(target, name) for target in node.targets):
                found |= _constants(node.value)
                if isinstance(node.value, ast.Call):
                    found |= _returned_by(_name(node.value.func), modules)
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        if name in (*names, *(one.arg for one in function.args.kwonlyargs)):
            place = names.index(name) if name in names else None
            if place is not None and names[0] in ("self", "cls"):
                place -= 1
            found |= _passed_to(function.name, name, place, modules)
    return found


def _binds(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))


def _passed_to(function: str, name: str, place: int | None, modules: list[_Module]) -> set[str]:
    found: set[str] = set()
    for call in (call for module in modules for call in module.calls.get(function, ())):
        if place is not None and place < len(call.args):
            found |= _constants(call.args[place])
        found |= {code for word in call.keywords if word.arg == name for code in _constants(word.value)}
    return found


def _returned_by(function: str, modules: list[_Module]) -> set[str]:
    return {
        code
        for module in modules
        for node in module.functions.get(function, ())
        for inner in ast.walk(node)
        if isinstance(inner, ast.Return) and inner.value is not None
        for code in _constants(inner.value)
    }


def _constants(expression: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(expression)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value)
    }


def _name(expression: ast.expr) -> str:
    if isinstance(expression, ast.Name):
        return expression.id
    return expression.attr if isinstance(expression, ast.Attribute) else ""
