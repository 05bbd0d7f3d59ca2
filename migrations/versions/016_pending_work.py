"""What is to be done for a version, kept in the transaction that stores it: tell Dagster, enrich.

Revision ID: 016_pending_work
Revises: 015_compact_entries
"""

from importlib import import_module

from alembic import op

REVISION_014 = import_module("migrations.versions.014_lifecycle_of_versions")

revision = "016_pending_work"
down_revision = "015_compact_entries"
branch_labels = None
depends_on = None

PENDING_MATERIALISATIONS = """
CREATE TABLE onextree.pending_materialisations (
    project_key integer NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_key, version),
    FOREIGN KEY (project_key, version)
        REFERENCES onextree.versions (project_key, version) ON DELETE CASCADE
)
"""

ENRICHMENT_QUEUE = """
CREATE TABLE onextree.enrichment_queue (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    version integer NOT NULL,
    reason text NOT NULL CHECK (reason IN ('generated', 'accessed', 'requested')),
    is_forced boolean NOT NULL DEFAULT false,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    not_before timestamptz NOT NULL DEFAULT now(),
    queued_at timestamptz NOT NULL DEFAULT now()
)
"""

PROJECT_FAILURES = """
CREATE TABLE onextree.project_failures (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    run_id text NOT NULL,
    error_code text NOT NULL,
    message text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now()
)
"""

# What was stored before was seen by Dagster, or never will be.
SNAPSHOTS = REVISION_014.SNAPSHOTS.replace("CREATE VIEW", "CREATE OR REPLACE VIEW").replace(
    "       is_pinned\n", "       is_pinned,\n       run_id\n"
)

REFUSE_CHANGE_TRIGGER = REVISION_014.REFUSE_CHANGE_TRIGGER.replace(
    "paths_removed, created_at", "paths_removed, created_at, run_id"
)

COMMENTS = {
    "COLUMN onextree.versions.run_id": "The Dagster run that stored the version; null where"
    " something else did",
    "COLUMN public.onextree_snapshots.run_id": "The Dagster run that stored the version; null"
    " where something else did",
    "TABLE onextree.pending_materialisations": "Versions that Dagster was not told of yet",
    "TABLE onextree.enrichment_queue": "What is to be enriched, at most one version a project",
    "TABLE onextree.project_failures": "The last run that failed for a project; it is over when"
    " the project was verified since",
    "COLUMN onextree.enrichment_queue.attempts": "How often somebody has taken it",
    "COLUMN onextree.enrichment_queue.not_before": "When it may be taken next; whoever takes it"
    " moves this ahead, so that it comes up again if it is not done by then",
}


def upgrade() -> None:
    op.execute("ALTER TABLE onextree.versions ADD COLUMN run_id text")
    op.execute("DROP TRIGGER refuse_change ON onextree.versions")
    for definition in (
        *(PENDING_MATERIALISATIONS, ENRICHMENT_QUEUE, PROJECT_FAILURES),
        *(SNAPSHOTS, REFUSE_CHANGE_TRIGGER),
    ):
        op.execute(definition)
    op.execute("CREATE INDEX ON onextree.enrichment_queue (not_before)")
    for name, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {name} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP VIEW public.onextree_snapshots")
    op.execute(
        "DROP TABLE onextree.enrichment_queue, onextree.pending_materialisations,"
        " onextree.project_failures"
    )
    op.execute("DROP TRIGGER refuse_change ON onextree.versions")
    op.execute("ALTER TABLE onextree.versions DROP COLUMN run_id")
    for definition in (
        *(REVISION_014.SNAPSHOTS, REVISION_014.REFUSE_INSERT_TRIGGER),
        REVISION_014.REFUSE_CHANGE_TRIGGER,
    ):
        op.execute(definition)
    for name, comment in REVISION_014.COMMENTS.items():
        if "public.onextree_snapshots" in name and not name.startswith("FUNCTION"):
            op.execute(f"COMMENT ON {name} IS '{comment}'")
