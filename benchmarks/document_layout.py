"""The peer of the store: the specification's layout, which keeps a whole document a version."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from benchmarks.installation import Installation
from benchmarks.reading import each_reading
from benchmarks.timing import milliseconds
from onextree.store.database import RawConnection

__all__ = ["PEER", "DocumentLayout", "open_documents"]

PEER = "document layout"

Q = TypeVar("Q")


class DocumentLayout:
    """The specification's table with all of its indexes, in a schema of its own.

    Args:
        connection: To the database where OnexTree's own versions are.
    """

    def __init__(self, connection: RawConnection) -> None:
        self._connection = connection
        connection.execute(_statement("document_layout"))
        connection.commit()

    def time_insert(self, snapshot_id: UUID) -> tuple[float, UUID]:
        """Store the document of a version of ours, ready as text, and commit.

        Returns:
            Milliseconds, and the id of the new row.
        """
        document = self._document(snapshot_id)
        parent = self._connection.execute(_statement("newest_document"), document).fetchone()
        document["parent_snapshot_id"] = parent[0] if parent else None

        def insert() -> UUID:
            row = self._connection.execute(_statement("insert_document"), document).fetchone()
            assert row is not None
            self._connection.commit()
            document_id: UUID = row[0]
            return document_id

        return milliseconds(insert)

    def time_enrichment(self, document_id: UUID, data: dict[str, Any]) -> float:
        """Milliseconds of storing what is known of a version, committed."""
        self._connection.execute("SELECT 1")  # the transaction has begun, as it has with ours
        parameters = {
            "snapshot_id": document_id,
            "data": Jsonb(data),
            "sources": data["sources"],
            "time_ms": 0,
        }

        def enrich() -> None:
            self._connection.execute(_statement("enrich_document"), parameters)
            self._connection.commit()

        return milliseconds(enrich)[0]

    def time_structure(self, document_id: UUID) -> float:
        """Milliseconds of reading a stored document, as text at the server."""
        select = (
            "SELECT length(tree_structure::text) FROM document_layout.onextree_snapshots"
            " WHERE id = %s"
        )
        return milliseconds(lambda: self._connection.execute(select, [document_id]).fetchone())[0]

    def find(self, document_id: UUID, path: str) -> Any:
        """The node of a path: the way down to it is a path query, name by name."""
        steps, names = _steps(path)
        parameters = {"id": document_id, "path": f"${steps}", "names": Jsonb(names)}
        row = self._connection.execute(_statement("document_file"), parameters).fetchone()
        return row[0] if row else None

    def list_directory(self, document_id: UUID, directory: str, limit: int) -> Sequence[Any]:
        """Nodes in a directory, by their names."""
        steps, names = _steps(directory)
        return self._nodes(document_id, f"${steps}.children[*]", names, limit)

    def search(self, document_id: UUID, field: str, expression: str, limit: int) -> Sequence[Any]:
        """Nodes of files, in any order, in whose field a regular expression is found."""
        test = f'@.type == "file" && @.{field} like_regex {json.dumps(expression)}'
        return self._nodes(document_id, f"strict $.** ? ({test})", {}, limit)

    def each(self, ask: Callable[[Q], object], questions: Iterable[Q]) -> list[float]:
        """Milliseconds of each question, in a transaction of its own that has begun."""
        return each_reading(self._connection, ask, questions)

    def size(self) -> int:
        """Bytes of the table with its indexes."""
        row = self._connection.execute(
            "SELECT pg_total_relation_size('document_layout.onextree_snapshots')"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def remove(self) -> None:
        """Drop the schema."""
        self._connection.execute("DROP SCHEMA document_layout CASCADE")
        self._connection.commit()

    def _nodes(
        self, document_id: UUID, path: str, names: dict[str, str], limit: int
    ) -> Sequence[Any]:
        parameters = {"id": document_id, "path": path, "names": Jsonb(names), "limit": limit}
        rows = self._connection.execute(_statement("document_nodes"), parameters).fetchall()
        return [node for (node,) in rows]

    def _document(self, snapshot_id: UUID) -> dict[str, Any]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(_statement("select_document"), {"snapshot_id": snapshot_id})
            document = cursor.fetchone()
        assert document is not None
        return document


@contextmanager
def open_documents(installation: Installation) -> Iterator[DocumentLayout]:
    """The layout beside our own, on a connection of its own; gone at the end."""
    with installation.connect() as connection:
        documents = DocumentLayout(connection)
        try:
            yield documents
        finally:
            connection.rollback()
            documents.remove()


def _steps(path: str) -> tuple[str, dict[str, str]]:
    """A path query from the root's node to that of a path, and its variables."""
    names = {f"name{number}": part for number, part in enumerate(path.split("/")) if part}
    return "".join(f".children[*] ? (@.name == ${name})" for name in names), names


@cache
def _statement(name: str) -> str:
    return (Path(__file__).with_name("sql") / f"{name}.sql").read_text("utf-8")
