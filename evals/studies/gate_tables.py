"""Gate tables: find and empty the module-level word lists and patterns of `service/grounding` and `service/language`.

Emptying a table has four traps. It is imported by name, so it must be replaced in every module that imports it. Cached
results computed with it must be cleared. Tables derived from it at import time do not change, so only tables that
functions read at run time are listed. The names that an article explains are stored in the support, so they must be
computed again.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

from index.types import Record
from service import grounding

PACKAGES = ("service.grounding", "service.language")
NOT_TABLES = frozenset({"CHECKS", "_RUNNING", "__all__"})
KEPT_CACHES = frozenset({"_pipeline"})
"""Caches that are never cleared: the parser is expensive to load and reads no table."""


class Table(Record):
    """Table: a constant of the gate, and the modules whose functions read it."""

    name: str
    """Module and constant without the package: `dates.MONTHS`."""
    attribute: str
    modules: tuple[str, ...]


class CachedFunction(NamedTuple):
    """CachedFunction: a function with a cache, and its module."""

    module: str
    function: Any


def tables() -> list[Table]:
    """Return every table that a function of the gate reads, sorted by module and name."""
    found: dict[int, Table] = {}
    for module in _modules().values():
        for attribute, value in vars(module).items():
            if attribute in NOT_TABLES or _emptied(value) is None or attribute not in _read_names(module):
                continue
            if (known := found.get(id(value))) is None:
                if home := _defining(attribute, value):
                    name = f"{home}.{attribute}"
                    found[id(value)] = Table(name=name, attribute=attribute, modules=(module.__name__,))
            else:
                found[id(value)] = known.model_copy(update={"modules": (*known.modules, module.__name__)})
    return sorted(found.values(), key=lambda each: each.name)


@contextmanager
def emptied(table: Table) -> Iterator[None]:
    """Empty the table in every module within the `with` block, and clear dependent caches before and after."""
    with ExitStack() as stack:
        for name in table.modules:
            module = sys.modules[name]
            empty = _emptied(getattr(module, table.attribute))
            stack.enter_context(patch.object(module, table.attribute, empty))
        clear_caches(table.modules)
        yield
    clear_caches(table.modules)


def clear_caches(modules: Sequence[str]) -> None:
    """Clear the cache of every function whose module depends on one of these."""
    for each in _cached_functions():
        if reaches(each.module, modules):
            each.function.cache_clear()


def reaches(module: str, others: Sequence[str]) -> bool:
    """Whether a module is one of the others or imports one of them, directly or transitively."""
    return bool(_imported(module) & {*others})


def _emptied(value: object) -> object | None:
    """Return an empty table of the same type, or None if the value is not a table."""
    if isinstance(value, re.Pattern):
        return re.compile(r"(?!)")
    return type(value)() if type(value) in (frozenset, set, dict, tuple, list) else None


@cache
def _modules() -> dict[str, ModuleType]:
    """Return the modules of the gate, and those of `service.language` that it imports."""
    found: dict[str, ModuleType] = {}
    waiting = [grounding.__name__]
    while waiting:
        name = waiting.pop()
        if name in sys.modules and name not in found and name.startswith(PACKAGES):
            found[name] = sys.modules[name]
            waiting += _direct_imports(name)
    return found


@cache
def _imported(module: str) -> frozenset[str]:
    found, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _direct_imports(name) if name in _modules() else []
    return frozenset(found)


@cache
def _direct_imports(module: str) -> tuple[str, ...]:
    return tuple(
        node.module for node in ast.walk(_tree(module)) if isinstance(node, ast.ImportFrom) and node.module is not None
    )


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))


@cache
def _read_names(module: ModuleType) -> frozenset[str]:
    """Return the names that functions of the module read at run time, not only at import."""
    functions = [node for node in ast.walk(_tree(module.__name__)) if isinstance(node, ast.FunctionDef)]
    return frozenset(
        node.id
        for function in functions
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    )


def _defining(attribute: str, value: object) -> str:
    """Return the name of the module that assigns the table, or an empty string."""
    for name, module in _modules().items():
        assigned = (node for node in _tree(name).body if isinstance(node, (ast.Assign, ast.AnnAssign)))
        targets = {each.id for node in assigned for each in ast.walk(node) if isinstance(each, ast.Name)}
        if attribute in targets and vars(module).get(attribute) is value:
            return name.rsplit(".", 1)[1]
    return ""


@cache
def _cached_functions() -> tuple[CachedFunction, ...]:
    found = {
        id(value): CachedFunction(value.__module__, value)
        for module in _modules().values()
        for name, value in vars(module).items()
        if hasattr(value, "cache_clear") and name not in KEPT_CACHES and isinstance(value.__wrapped__, FunctionType)
    }
    return tuple(found.values())
