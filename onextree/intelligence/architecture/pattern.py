"""An architectural pattern, and how sure it is that a project follows it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

from onextree.intelligence.architecture.signs import SIGNS
from onextree.intelligence.codebase import CodeBase

__all__ = ["LEAST_CONFIDENCE", "Pattern", "confidence", "describe_pattern", "globs"]

LEAST_CONFIDENCE: Final = 0.5
"""What is less sure is not told."""

_SHOWN: Final = 10
_TO_GATHER: Final = 3


class Pattern(NamedTuple):
    """A pattern that a project follows.

    Attributes:
        rule: Stable id; where a pattern that paths alone give away has the same, this one is it.
        name: For people.
        confidence: From `LEAST_CONFIDENCE` to 1; see `confidence`.
        affected_files: At most ten paths, or globs where several files of a directory are meant.
        description: A sentence.
        evidence: At most ten of ``{file, what}``.
    """

    rule: str
    name: str
    confidence: float
    affected_files: tuple[str, ...]
    description: str
    evidence: tuple[dict[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The entry of the payload."""
        return self._asdict() | {
            "affected_files": list(self.affected_files),
            "evidence": list(self.evidence),
        }


def confidence(bearers: int, agreeing: int = 0, opposing: int = 0) -> float:
    """How sure a pattern is.

    Each file that bears its signs halves the doubt; that is weighed by the share of what agrees
    with the pattern, imports in its direction say, in all that agrees or opposes. Three agree and
    one opposes beforehand, so that signs without anything else are less sure.
    """
    return (1 - 0.5**bearers) * (agreeing + 3) / (agreeing + opposing + 4)


def describe_pattern(
    base: CodeBase,
    row: tuple[str, str, str],
    files: Collection[int],
    sure: float,
    what: Iterable[str] = (),
) -> Pattern | None:
    """The pattern, or None where it is not sure enough.

    Args:
        row: Its rule, name and description.
        files: That it is seen in.
        sure: From 0 to 1.
        what: Signs that tell why a file is among them; else it is for its directory.
    """
    if not files or sure < LEAST_CONFIDENCE:
        return None
    wanted = set(what)
    shown = sorted(
        ((base.files[number].path, base.files[number].signs) for number in files),
        key=lambda file: (wanted.isdisjoint(file[1]), file[0].count("/"), file[0]),
    )[:_SHOWN]
    evidence = tuple({"file": path, "what": _why(path, signs, wanted)} for path, signs in shown)
    rule, name, description = row
    paths = [base.files[number].path for number in files]
    return Pattern(rule, name, round(sure, 2), globs(paths), description, evidence)


def globs(paths: Iterable[str]) -> tuple[str, ...]:
    """At most ten paths, the least deep first; several of one kind in a directory as a glob."""
    together: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path in paths:
        directory, slash, name = path.rpartition("/")
        together[directory + slash, name[name.rfind(".") :] if "." in name else ""].append(path)
    found: list[str] = []
    for (directory, ending), files in together.items():
        found += [f"{directory}*{ending}"] if len(files) >= _TO_GATHER and ending else files
    return tuple(sorted(found, key=lambda path: (path.count("/"), path))[:_SHOWN])


def _why(path: str, signs: Iterable[str], wanted: Collection[str]) -> str:
    seen = [SIGNS[sign] for sign in signs if sign in wanted]
    return "; ".join(seen) or f"lies in {path.rpartition('/')[0] or 'the root'}/"
