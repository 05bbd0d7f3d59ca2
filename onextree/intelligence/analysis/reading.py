"""What the files of code say: from the last analysis, from contents seen before, or read now."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from onextree.intelligence.analysis.files import CONFIG, CodeEntry
from onextree.intelligence.analysis.known import Known, Reading
from onextree.intelligence.architecture.signs import signs
from onextree.intelligence.extraction.pool import extraction_pool
from onextree.intelligence.facts import FileFacts, decode_facts
from onextree.intelligence.quality.file_rules import judge_file
from onextree.tree.reading.contents import Contents

__all__ = ["UNREAD", "FactsStore", "Read", "Reader"]

UNREAD = "unread"
"""In the place of a failure: the content that the version has was not at hand."""

Content = tuple[bytes, str]
"""Digest and language."""

_BATCH = 2_000
_DIGEST = 32  # bytes
_MEMBERS = frozenset({"method"})


class FactsStore(Protocol):
    """What contents say, kept by their digests."""

    def find(self, wanted: Collection[Content]) -> Mapping[Content, bytes]:
        """What is known of them."""
        ...

    def add(self, facts: Mapping[Content, bytes]) -> None:
        """Keep it."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """What the files say.

    Attributes:
        files: By path, in the order of the entries.
        configs: Digest and content by path.
        extracted: How many contents were read and parsed now.
    """

    files: dict[str, Reading]
    configs: dict[str, tuple[bytes, bytes]]
    extracted: int


class Reader:
    """Reads the files of one version.

    Args:
        before: What is known since the last analysis.
        is_thorough: Have contents that could not be read before tried again.
    """

    def __init__(
        self,
        contents: Contents,
        store: FactsStore,
        before: Known | None,
        *,
        is_thorough: bool = False,
    ) -> None:
        self._contents = contents
        self._store = store
        self._before = before
        self._is_thorough = is_thorough
        self._extracted = 0

    def read(self, code: Sequence[CodeEntry], configs: Sequence[CodeEntry]) -> Read:
        """Read all of them."""
        files = self._known(code)
        waiting = [entry for entry in code if entry.path not in files]
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            facts = self._facts(batch)
            for entry in batch:
                found = facts.get((entry.digest, entry.language))
                files[entry.path] = self._unread(entry) if found is None else _reading(entry, found)
        ordered = {entry.path: files[entry.path] for entry in code} if waiting else files
        return Read(ordered, self._configs(configs), self._extracted)

    def _known(self, code: Iterable[CodeEntry]) -> dict[str, Reading]:
        """Readings of files that are as they were."""
        if self._before is None:
            return {}
        before, found = self._before.files, {}
        for entry in code:
            known = before.get(entry.path)
            if known is None:
                continue
            reading = known.reading
            if (
                reading.digest == entry.digest
                and reading.language == entry.language
                and reading.category == entry.category
                and not (reading.failure and (self._is_thorough or reading.failure == UNREAD))
            ):
                found[entry.path] = reading
        return found

    def _unread(self, entry: CodeEntry) -> Reading:
        """A file whose content is not at hand is taken to say what it said."""
        known = self._before.files.get(entry.path) if self._before is not None else None
        if known is None or known.reading.language != entry.language:
            return _reading(entry, FileFacts(failure=UNREAD))
        return known.reading._replace(
            category=entry.category, digest=entry.digest, size=entry.size, failure=UNREAD
        )

    def _facts(self, entries: Sequence[CodeEntry]) -> dict[Content, FileFacts]:
        """What contents say, by digest and language; what is not at hand is left out."""
        wanted = {(entry.digest, entry.language): entry for entry in entries}
        found = {content: decode_facts(text) for content, text in self._store.find(wanted).items()}
        if self._is_thorough:
            found = {content: facts for content, facts in found.items() if not facts.failure}
        missing = [entry for content, entry in wanted.items() if content not in found]
        if missing:
            extracted = dict(self._extract(missing))
            self._store.add(extracted)
            self._extracted += len(extracted)
            found.update((content, decode_facts(text)) for content, text in extracted.items())
        return found

    def _extract(self, entries: Sequence[CodeEntry]) -> Iterator[tuple[Content, bytes]]:
        read = (
            (entry.digest + entry.language.encode(), entry.language, content)
            for entry, content in self._contents.read(entries)
        )
        for key, facts in extraction_pool().extract(read):
            yield (key[:_DIGEST], key[_DIGEST:].decode()), facts

    def _configs(self, configs: Sequence[CodeEntry]) -> dict[str, tuple[bytes, bytes]]:
        before = self._before.configs if self._before is not None else {}
        contents = dict(before.values())
        missing = {
            (entry.digest, CONFIG): entry for entry in configs if entry.digest not in contents
        }
        if missing:
            stored = dict(self._store.find(missing))
            unread = [entry for content, entry in missing.items() if content not in stored]
            read = {
                (entry.digest, CONFIG): content for entry, content in self._contents.read(unread)
            }
            if read:
                self._store.add(read)
            contents.update((digest, content) for (digest, _), content in (stored | read).items())
        return {
            entry.path: (entry.digest, contents[entry.digest])
            for entry in configs
            if entry.digest in contents
        }


def _reading(entry: CodeEntry, facts: FileFacts) -> Reading:
    """What a file says at its path."""
    path, language, category, digest, size = entry[:5]
    is_read = facts.failure != UNREAD
    return Reading(
        language,
        category,
        digest,
        size,
        facts.lines,
        facts.marks,
        signs(path, language, facts),
        tuple(map(tuple, judge_file(path, language, category, size, facts))) if is_read else (),
        facts.failure,
        facts.package,
        tuple(each.name for each in facts.definitions if each.kind not in _MEMBERS),
        tuple(map(tuple, facts.imports)),
    )
