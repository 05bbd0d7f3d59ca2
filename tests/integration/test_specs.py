"""What the assets say of themselves is what PostgreSQL has."""

import dagster as dg
import pytest

from onextree.store.database import Database
from onextree_assets.specs import (
    FILE_RELATIONSHIPS,
    PROJECT_TREE,
    QUALITY_FINDINGS,
    SNAPSHOT_CHANGES,
    STAMP_MANIFEST,
    TREE_SNAPSHOT,
)

_TYPES = {
    "character varying": "varchar",
    "timestamp with time zone": "timestamptz",
    '"char"': "char",
}


@pytest.mark.parametrize(
    "spec",
    [
        *(PROJECT_TREE, TREE_SNAPSHOT, SNAPSHOT_CHANGES),
        *(FILE_RELATIONSHIPS, QUALITY_FINDINGS, STAMP_MANIFEST),
    ],
    ids=lambda spec: spec.key.path[0],
)
def test_columns(spec: dg.AssetSpec, database: Database) -> None:
    schema = spec.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    assert all(column.description for column in schema.columns)
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT attname, regexp_replace(format_type(atttypid, atttypmod), '\\(.*\\)', '')"
            " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [spec.metadata["dagster/table_name"]],
        ).fetchall()
    assert [(column.name, column.type) for column in schema.columns] == [
        (name, _TYPES.get(kind, kind)) for name, kind in rows
    ]
