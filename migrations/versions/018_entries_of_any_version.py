"""One view of all entries, whatever the version, that queries read in the order of paths.

Revision ID: 018_entries_of_any_version
Revises: 017_views_for_analysts
"""

from alembic import op

revision = "018_entries_of_any_version"
down_revision = "017_views_for_analysts"
branch_labels = None
depends_on = None

# Without conditions of its own, so that PostgreSQL reads both tables along their primary keys.
ENTRIES = """
CREATE VIEW onextree.entries AS
SELECT project_key, dir, name, kind, size, digest, class_id, v_from, 2147483647 AS v_to,
       true AS is_current, coalesce(nullif(long_dir, ''), dir) AS directory
FROM onextree.current_entries
UNION ALL
SELECT project_key, dir, name, kind, size, digest, class_id, v_from, v_to,
       false, coalesce(nullif(long_dir, ''), dir)
FROM onextree.closed_entries
"""


def upgrade() -> None:
    op.execute(ENTRIES)
    op.execute(
        "COMMENT ON VIEW onextree.entries IS"
        " 'Current and closed entries, valid in [v_from, v_to); directory is the whole path'"
    )


def downgrade() -> None:
    op.execute("DROP VIEW onextree.entries")
