"""The resolvers of all families of languages, and the configuration that they read.

The module of a family has ``LANGUAGES``, ``CONFIGS`` and ``make_resolver``; see
`onextree.intelligence.resolution.model.Resolver`.
"""

import re
from collections.abc import Collection, Mapping
from fnmatch import translate
from functools import cache, lru_cache
from importlib import import_module
from typing import Protocol, cast

from onextree.intelligence.extraction.languages import FAMILIES
from onextree.intelligence.resolution.model import Project, Resolver

__all__ = ["config_names", "is_config", "make_resolvers"]

_REMEMBERED = 1 << 14


class _Family(Protocol):
    LANGUAGES: Collection[str]
    CONFIGS: Collection[str]

    def make_resolver(self, project: Project) -> Resolver: ...


@cache
def config_names() -> frozenset[str]:
    """Names of the files that resolvers read; some are patterns, ``*.csproj`` say."""
    families = map(_family, set(FAMILIES.values()))
    return frozenset(name for family in families for name in family.CONFIGS)


@lru_cache(_REMEMBERED)
def is_config(name: str) -> bool:
    """Whether resolvers read files of this name, which has no directory in front."""
    return _configs().match(name) is not None


def make_resolvers(project: Project, families: Collection[str]) -> Mapping[str, Resolver]:
    """A resolver for each of the families, by family.

    Args:
        project: With the configuration and declarations of all of them: each takes its own.
        families: Values of `onextree.intelligence.extraction.languages.FAMILIES`.
    """
    return {name: _family(name).make_resolver(project) for name in families}


@cache
def _configs() -> re.Pattern[str]:
    return re.compile("|".join(map(translate, sorted(config_names()))))


def _family(name: str) -> _Family:
    return cast("_Family", import_module(f"onextree.intelligence.resolution.{name}"))
