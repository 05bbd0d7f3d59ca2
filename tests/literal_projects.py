"""Small projects whose files are written out in tests, with what is extracted and resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.model import Declared, Project, Resolved

__all__ = ["Literal"]


@dataclass(frozen=True)
class Literal:
    """A project of one family of languages.

    Attributes:
        family: Name of the modules that extract and resolve.
        languages: Linguist's names by the endings of files.
    """

    family: str
    languages: Mapping[str, str]

    @cached_property
    def resolution(self) -> Any:
        return import_module(f"onextree.intelligence.resolution.{self.family}")

    def facts(self, text: str, ending: str) -> FileFacts:
        return extract(self.languages[ending], text.encode())

    def resolved(self, texts: Mapping[str, str]) -> dict[str, list[tuple[Import, Resolved]]]:
        """Every import of every file, with where it leads."""
        facts = {
            path: self.facts(text, ending)
            for path, text in texts.items()
            if (ending := path.rpartition(".")[2]) in self.languages
        }
        declared = {
            path: Declared(
                each.package,
                tuple(one.name for one in each.definitions if "." not in one.name),
            )
            for path, each in facts.items()
        }
        configs = {path: text.encode() for path, text in texts.items() if path not in facts}
        resolver = self.resolution.make_resolver(Project(sorted(texts), configs, declared))
        return {
            path: [(found, resolver.resolve(path, found, each)) for found in each.imports]
            for path, each in facts.items()
        }

    def edges(self, texts: Mapping[str, str]) -> set[tuple[str, str, int]]:
        """Which file uses which, and the line that says so; no file itself."""
        return {
            (path, target, found.line)
            for path, imports in self.resolved(texts).items()
            for found, where in imports
            for target in where.targets
            if target != path
        }

    def external(self, texts: Mapping[str, str]) -> set[str]:
        return {
            where.external
            for imports in self.resolved(texts).values()
            for _, where in imports
            if where.external
        }

    def unresolved(self, texts: Mapping[str, str]) -> set[tuple[str, str]]:
        return {
            (path, found.target)
            for path, imports in self.resolved(texts).items()
            for found, where in imports
            if where == Resolved()
        }
