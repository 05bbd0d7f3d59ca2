"""The peer of the store: the specification's own table, one JSONB document a version."""

import json
from typing import Any

from onextree.store.database import Database

__all__ = ["DocumentLayout"]

_TABLE = """
CREATE SCHEMA documents;
CREATE TABLE documents.onextree_snapshots (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id varchar(255) NOT NULL,
    project_root text NOT NULL,
    tree_structure jsonb NOT NULL,
    tree_hash varchar(64) NOT NULL CHECK (tree_hash ~ '^[a-f0-9]{64}$'),
    total_files integer NOT NULL CHECK (total_files >= 0),
    total_directories integer NOT NULL CHECK (total_directories >= 0),
    total_size_bytes bigint NOT NULL CHECK (total_size_bytes >= 0),
    enrichment_data jsonb DEFAULT '{}',
    enrichment_sources text[] DEFAULT ARRAY[]::text[],
    is_enriched boolean DEFAULT false,
    generation_time_ms integer CHECK (generation_time_ms >= 0),
    enrichment_time_ms integer CHECK (enrichment_time_ms >= 0),
    version integer NOT NULL DEFAULT 1,
    parent_snapshot_id uuid REFERENCES documents.onextree_snapshots ON DELETE SET NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    expires_at timestamptz
);
CREATE INDEX ON documents.onextree_snapshots (project_id);
CREATE INDEX ON documents.onextree_snapshots (tree_hash);
CREATE INDEX ON documents.onextree_snapshots (created_at DESC);
CREATE INDEX ON documents.onextree_snapshots (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ON documents.onextree_snapshots USING gin (tree_structure);
CREATE INDEX ON documents.onextree_snapshots USING gin (enrichment_data);
CREATE INDEX ON documents.onextree_snapshots (project_id, created_at DESC);
"""

_INSERT = """
INSERT INTO documents.onextree_snapshots
    (project_id, project_root, tree_structure, tree_hash, total_files, total_directories,
     total_size_bytes, version)
VALUES ('bench', '/bench', %(tree)s::jsonb, %(tree_hash)s, 0, 0, 0, %(version)s)
"""

_ENRICH = """
UPDATE documents.onextree_snapshots
SET enrichment_data = %(data)s::jsonb, is_enriched = true, enrichment_time_ms = 1
WHERE version = %(version)s
"""


class DocumentLayout:
    """The table with all of its indexes, in a schema of its own.

    Args:
        tree: The ``tree_structure`` to store with every version.
    """

    def __init__(self, database: Database, tree: dict[str, Any], tree_hash: str) -> None:
        self._database = database
        self._tree = json.dumps(tree)
        self._tree_hash = tree_hash
        self._version = 0
        with database.transaction() as connection:
            connection.execute(_TABLE.encode())

    def insert(self) -> None:
        """Store a version, committed."""
        self._version += 1
        with self._database.transaction() as connection:
            connection.execute(
                _INSERT,
                {"tree": self._tree, "tree_hash": self._tree_hash, "version": self._version},
            )

    def enrich(self, data: dict[str, Any]) -> None:
        """Enrich the newest version, committed."""
        with self._database.transaction() as connection:
            connection.execute(_ENRICH, {"data": json.dumps(data), "version": self._version})
