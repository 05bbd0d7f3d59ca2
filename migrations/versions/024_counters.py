"""Counts of what all processes do.

Revision ID: 024_counters
Revises: 023_api_keys
"""

from alembic import op

revision = "024_counters"
down_revision = "023_api_keys"
branch_labels = None
depends_on = None

# Rows are few and change often: with free space in their page no index entry is written.
COUNTERS = """
CREATE TABLE onextree.counters (
    name text NOT NULL CHECK (name ~ '^[a-z_]{1,100}$'),
    labels jsonb NOT NULL CHECK (jsonb_typeof(labels) = 'object'),
    value double precision NOT NULL CHECK (value >= 0 AND value < 'Infinity'),
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (name, labels)
) WITH (fillfactor = 50)
"""

COMMENTS = {
    "TABLE onextree.counters": "What was done so far, by all processes; each adds its own counts"
    " from time to time",
    "COLUMN onextree.counters.name": "What is counted: that of the metric, without onextree_ and"
    " _total",
    "COLUMN onextree.counters.labels": "Of which kind, as the labels of the metric",
    "COLUMN onextree.counters.value": "How often, or how many seconds in all; never less than"
    " before",
    "COLUMN onextree.counters.updated_at": "When a process added to it last",
}


def upgrade() -> None:
    op.execute(COUNTERS)
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP TABLE onextree.counters")
