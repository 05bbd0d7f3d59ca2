"""Smaller rows: without a NULL a row has no map of its NULLs; pages are filled further.

Revision ID: 015_compact_entries
Revises: 014_lifecycle_of_versions
"""

from importlib import import_module

from alembic import op

REVISION_013 = import_module("migrations.versions.013_add_file_classes")

revision = "015_compact_entries"
down_revision = "014_lifecycle_of_versions"
branch_labels = None
depends_on = None

TABLES = ("onextree.current_entries", "onextree.closed_entries")

# Before the tables are rewritten, which then follow it. 96 leaves a page the room for two more
# rows: as many updates stay on their page as with 90.
FILLED = (
    "ALTER TABLE onextree.current_entries SET (fillfactor = {})",
    "ALTER INDEX onextree.current_entries_pkey SET (fillfactor = {})",
)

ENTRIES_AT = REVISION_013.ENTRIES_AT.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
).replace("coalesce(long_dir, dir)", "coalesce(nullif(long_dir, ''), dir)")

ENTRIES_AT_BEFORE = REVISION_013.ENTRIES_AT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def upgrade() -> None:
    for filled in FILLED:
        op.execute(filled.format(96))
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table}"
            " ALTER COLUMN long_dir TYPE text COLLATE \"C\" USING coalesce(long_dir, ''),"
            " ALTER COLUMN long_dir SET DEFAULT '', ALTER COLUMN long_dir SET NOT NULL"
        )
    op.execute(ENTRIES_AT)
    _comment("The whole path where dir is a shortened key; empty otherwise")


def downgrade() -> None:
    for filled in FILLED:
        op.execute(filled.format(90))
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table}"
            " ALTER COLUMN long_dir DROP NOT NULL, ALTER COLUMN long_dir DROP DEFAULT,"
            " ALTER COLUMN long_dir TYPE text COLLATE \"C\" USING nullif(long_dir, '')"
        )
    op.execute(ENTRIES_AT_BEFORE)
    _comment("The whole path where dir is a shortened key")


def _comment(comment: str) -> None:
    op.execute(f"COMMENT ON COLUMN onextree.current_entries.long_dir IS '{comment}'")
