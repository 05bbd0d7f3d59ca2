"""Questions of all kinds about any of many snapshots."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from benchmarks.document_layout import PEER, DocumentLayout, open_documents
from benchmarks.edits import edited
from benchmarks.installation import Installation
from benchmarks.interval_layout import store_versions
from benchmarks.reading import Reader, Stored, open_reader, stored
from benchmarks.rows import Goal, Row
from benchmarks.targets import Targets
from benchmarks.timing import Samples, milliseconds, turns
from onextree.service import OnexTreeService
from onextree.store.moments import Moment
from onextree.tree.query.model import DEFAULT_LIMIT, Query, QueryType
from onextree.tree.structure import file_extension

__all__ = ["MixedLoad"]

_TARGETS = Targets(100)
_SEED = 33
_THREADS = 4
_DOCUMENTS = 10
_KINDS = {
    QueryType.PATH: "look-ups",
    QueryType.DIRECTORY: "listings",
    QueryType.GLOB: "searches",
}


class _Question(NamedTuple):
    """What is asked of a version of a project."""

    project_id: str
    moment: Moment
    query: Query


@dataclass(frozen=True, slots=True)
class MixedLoad:
    """Look-ups, listings and searches by extension, as many of each, at random snapshots.

    Attributes:
        questions: Of a round.
        peer: Questions of a round that the peer answers.
    """

    projects: int
    versions: int
    files: int
    changed: int
    rounds: int
    questions: int
    peer: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        snapshots = f"{self.projects * self.versions:,} snapshots × {self.files:,} files"
        return (
            f"mixed questions in PostgreSQL, {snapshots}",
            f"mixed questions, the whole use case, {_THREADS} threads, {snapshots}",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; storing a thousand documents would take too long, so that the peer has a few."""
        with (
            stored(installation, self.files) as project,
            self._snapshots(installation, project) as names,
            open_reader(installation) as reader,
            open_documents(installation) as documents,
        ):
            rng = random.Random(_SEED)
            ids = [
                documents.time_insert(reader.locate(*self._snapshot(rng, names)).snapshot_id)[1]
                for _ in range(_DOCUMENTS)
            ]
            rounds = turns(self.rounds, self._questions(rng, names, project), self.questions)

            def peer(questions: Sequence[_Question]) -> Sequence[float]:
                return documents.each(
                    lambda question: _ask_document(documents, rng.choice(ids), question),
                    questions[: self.peer],
                )

            rows = [
                _TARGETS.measure(
                    self.operations[0],
                    Goal(p99=1),
                    rounds=rounds,
                    ours=partial(reader.each, partial(_ask_reader, reader)),
                    peer_name=PEER,
                    peer=peer,
                ),
                _TARGETS.measure(
                    self.operations[1],
                    Goal(),
                    rounds=rounds,
                    ours=partial(_ask_at_once, installation.service),
                    peer_name=PEER,
                    peer=peer,
                ),
            ]
        return [replace(row, note=_by_kind(row, rounds)) for row in rows]

    @contextmanager
    def _snapshots(self, installation: Installation, project: Stored) -> Iterator[Sequence[str]]:
        """Project ids; the projects are gone at the end."""
        service = installation.service
        names = [f"mixed-{number}" for number in range(self.projects)]
        for name in names:
            service.add_project(project.root, name)
            trees = edited(project.tree, random.Random(name), self.versions, self.changed)
            store_versions(installation, name, trees)
        installation.vacuum(analyze=True)
        yield names
        for name in names:
            service.remove_project(name)

    def _snapshot(self, rng: random.Random, names: Sequence[str]) -> tuple[str, Moment]:
        return rng.choice(names), Moment(version=rng.randint(1, self.versions))

    def _questions(
        self, rng: random.Random, names: Sequence[str], project: Stored
    ) -> Iterator[_Question]:
        """A look-up, a listing, a search, and so on."""
        extensions = [path for path in map(file_extension, project.paths) if path]
        while True:
            for text, query_type in (
                (rng.choice(project.paths), QueryType.PATH),
                (rng.choice(project.directories), QueryType.DIRECTORY),
                (f"**/*.{rng.choice(extensions)}", QueryType.GLOB),
            ):
                query = Query.parse(text, query_type)
                yield _Question(*self._snapshot(rng, names), query)


def _ask_reader(reader: Reader, question: _Question) -> object:
    located = reader.locate(question.project_id, question.moment)
    if question.query.type is QueryType.PATH:
        return reader.find(located, question.query.text)
    return reader.search(located, question.query)


def _ask_service(service: OnexTreeService, question: _Question) -> float:
    """Milliseconds."""
    project_id, moment, query = question
    if query.type is QueryType.PATH:
        return milliseconds(lambda: service.find_file(project_id, query.text, moment=moment))[0]
    return milliseconds(lambda: service.query(project_id, query.text, query.type, moment=moment))[0]


def _ask_at_once(service: OnexTreeService, questions: Sequence[_Question]) -> Sequence[float]:
    """Milliseconds of each, asked from several threads; no answer was kept before."""
    service.clear_cache()
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(partial(_ask_service, service), questions))


def _ask_document(documents: DocumentLayout, document_id: UUID, question: _Question) -> object:
    text = question.query.text
    match question.query.type:
        case QueryType.PATH:
            return documents.find(document_id, text)
        case QueryType.DIRECTORY:
            return documents.list_directory(document_id, text, DEFAULT_LIMIT + 1)
        case _:
            expression = f"[.]{text.rpartition('.')[2]}$"
            return documents.search(document_id, "name", expression, DEFAULT_LIMIT + 1)


def _by_kind(row: Row, rounds: Sequence[Sequence[_Question]]) -> str:
    """What each kind of question took; and what the peer holds."""
    asked = chain.from_iterable(rounds[1:])
    times: dict[QueryType, list[float]] = {kind: [] for kind in _KINDS}
    for question, time in zip(asked, row.measured.values, strict=True):
        times[question.query.type].append(time)
    shown = [
        f"{_KINDS[kind]} {samples.median:.2f} ms, p99 {samples.p99:.2f}"
        for kind, samples in ((kind, Samples(taken)) for kind, taken in times.items())
    ]
    return f"{'; '.join(shown)}; the peer has {_DOCUMENTS} documents"
