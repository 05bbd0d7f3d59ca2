"""What the files of code say: from the last analysis, from contents seen before, or read now."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from onextree.intelligence.analysis.files import CONFIG, CodeEntry, select
from onextree.intelligence.analysis.known import Known, Reading
from onextree.intelligence.architecture.signs import signs
from onextree.intelligence.extraction.contents import MAX_BYTES
from onextree.intelligence.extraction.pool import extraction_pool
from onextree.intelligence.facts import FileFacts, decode_facts
from onextree.intelligence.quality.file_rules import judge_file
from onextree.tree.model import Entry
from onextree.tree.reading.contents import Contents

__all__ = ["UNREAD", "FactsStore", "Read", "Reader"]

UNREAD = "unread"
"""In the place of a failure: the content that the version has was not at hand."""

Content = tuple[bytes, str]
"""Digest and language."""

_TOO_LARGE = FileFacts(failure="too_large")
_PASSING = frozenset({"ImportError", "ModuleNotFoundError", "timeout"})
"""A failure that may be the machine's: other projects and machines try that content again."""
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
        entries_before: Where that is lost, the tree that was analysed last.
        is_thorough: Have contents that could not be read before tried again.
    """

    def __init__(
        self,
        contents: Contents,
        store: FactsStore,
        before: Known | None,
        *,
        entries_before: Callable[[], Sequence[Entry]],
        is_thorough: bool = False,
    ) -> None:
        self._contents = contents
        self._store = store
        self._before = before
        self._entries_before = entries_before
        self._is_thorough = is_thorough
        self._extracted = 0

    def read(self, code: Sequence[CodeEntry], configs: Sequence[CodeEntry]) -> Read:
        """Read all of them."""
        files = self._known(code)
        waiting = [entry for entry in code if entry.path not in files]
        unread: list[CodeEntry] = []
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            facts = self._facts(batch)
            for entry in batch:
                found = facts.get((entry.digest, entry.language))
                if found is None:
                    unread.append(entry)
                else:
                    files[entry.path] = _reading(entry, found)
        files.update(self._as_before(unread))
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

    def _as_before(self, unread: Sequence[CodeEntry]) -> Iterator[tuple[str, Reading]]:
        """Files whose content is not at hand are taken to say what they said."""
        readings = self._readings_before(unread) if unread else {}
        for entry in unread:
            then = readings.get(entry.path)
            if then is None or then.language != entry.language:
                yield entry.path, _reading(entry, FileFacts(failure=UNREAD))
            else:
                _, category, digest, size = entry[1:5]
                yield (
                    entry.path,
                    then._replace(category=category, digest=digest, size=size, failure=UNREAD),
                )

    def _readings_before(self, unread: Iterable[CodeEntry]) -> Mapping[str, Reading]:
        if self._before is not None:
            known = self._before.files
            return {
                entry.path: known[entry.path].reading for entry in unread if entry.path in known
            }
        paths = {entry.path for entry in unread}
        then = [entry for entry in select(self._entries_before()).code if entry.path in paths]
        facts = self._store.find({(entry.digest, entry.language) for entry in then})
        return {
            entry.path: _reading(entry, decode_facts(facts[entry.digest, entry.language]))
            for entry in then
            if (entry.digest, entry.language) in facts
        }

    def _facts(self, entries: Sequence[CodeEntry]) -> dict[Content, FileFacts]:
        """What contents say, by digest and language; what is not at hand is left out."""
        wanted = {(entry.digest, entry.language): entry for entry in entries}
        known = {content: decode_facts(text) for content, text in self._store.find(wanted).items()}
        known |= {
            content: _TOO_LARGE for content, entry in wanted.items() if entry.size > MAX_BYTES
        }
        found = {
            content: facts
            for content, facts in known.items()
            if not (self._is_thorough and facts.failure) or facts is _TOO_LARGE
        }
        self._extract_missing(wanted.values(), found)
        # Where a file has changed, another one may still have what it had.
        self._extract_missing(entries, found)
        return known | found

    def _extract_missing(
        self, entries: Iterable[CodeEntry], found: dict[Content, FileFacts]
    ) -> None:
        missing = [entry for entry in entries if (entry.digest, entry.language) not in found]
        if not missing:
            return
        extracted = dict(self._extract(missing))
        facts = {content: decode_facts(text) for content, text in extracted.items()}
        lasting = [content for content, said in facts.items() if said.failure not in _PASSING]
        if lasting:
            self._store.add({content: extracted[content] for content in lasting})
        self._extracted += len(extracted)
        found |= facts

    def _extract(self, entries: Sequence[CodeEntry]) -> Iterator[tuple[Content, bytes]]:
        read = (
            (entry.digest + entry.language.encode(), entry.language, content)
            for entry, content in self._contents.read(entries)
        )
        for key, facts in extraction_pool().extract(read):
            yield (key[:_DIGEST], key[_DIGEST:].decode()), facts

    def _configs(self, configs: Sequence[CodeEntry]) -> dict[str, tuple[bytes, bytes]]:
        """Configuration; what is not at hand is as it was."""
        before = self._before.configs if self._before is not None else {}
        contents = dict(before.values())
        missing = [entry for entry in configs if entry.digest not in contents]
        if missing:
            stored = dict(self._store.find({(entry.digest, CONFIG) for entry in missing}))
            unread = [entry for entry in missing if (entry.digest, CONFIG) not in stored]
            read = {
                (entry.digest, CONFIG): content for entry, content in self._contents.read(unread)
            }
            if read:
                self._store.add(read)
            contents.update((digest, content) for (digest, _), content in (stored | read).items())
        found = dict(before)
        found.update(
            (entry.path, (entry.digest, contents[entry.digest]))
            for entry in configs
            if entry.digest in contents
        )
        return {entry.path: found[entry.path] for entry in configs if entry.path in found}


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
