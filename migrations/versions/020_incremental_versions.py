"""Versions made of the one before and what changed: digests of directories, paths of requests.

Revision ID: 020_incremental_versions
Revises: 019_update_requests
"""

from importlib import import_module

from alembic import op

REVISION_014 = import_module("migrations.versions.014_lifecycle_of_versions")
REVISION_016 = import_module("migrations.versions.016_pending_work")
REVISION_017 = import_module("migrations.versions.017_views_for_analysts")

revision = "020_incremental_versions"
down_revision = "019_update_requests"
branch_labels = None
depends_on = None

# No foreign key: checking it for each directory of a first version would cost more than storing.
DIRECTORIES = """
CREATE TABLE onextree.current_directories (
    project_key integer NOT NULL,
    parent text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (project_key, parent, name)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)
"""

FORGET_DIRECTORIES = """
CREATE FUNCTION onextree.forget_directories() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM onextree.current_directories WHERE project_key = OLD.project_key;
    RETURN NULL;
END
$$
"""

FORGET_TRIGGER = """
CREATE TRIGGER forget_directories AFTER DELETE ON onextree.projects
    FOR EACH ROW EXECUTE FUNCTION onextree.forget_directories()
"""

COLUMNS = (
    "ALTER TABLE onextree.versions ADD COLUMN is_reconciled boolean NOT NULL DEFAULT true",
    "ALTER TABLE onextree.projects ADD COLUMN hashed_version integer,"
    " ADD COLUMN updated_at timestamptz",
    "ALTER TABLE onextree.update_requests ADD COLUMN paths text[] NOT NULL DEFAULT ARRAY[]::text[]",
)

REASONS = (
    "ALTER TABLE onextree.update_requests DROP CONSTRAINT update_requests_reason_check",
    "ALTER TABLE onextree.update_requests ADD CONSTRAINT update_requests_reason_check"
    " CHECK (reason IN ({}))",
)

SNAPSHOTS = REVISION_016.SNAPSHOTS.replace(
    "       run_id\n", "       run_id,\n       is_reconciled\n"
)

COMMENTS = {
    "TABLE onextree.current_directories": "Digest of each directory of a newest version but the"
    " root, whose digest is the tree hash",
    "COLUMN onextree.current_directories.parent": "Key of the directory above, as dir of"
    " current_entries",
    "COLUMN onextree.current_directories.digest": "SHA-256, see docs/tree-hash.md",
    "COLUMN onextree.projects.hashed_version": "The version that current_directories is of; unless"
    " it is the newest one, and a scan of all files stored it, the next update scans all files",
    "COLUMN onextree.projects.updated_at": "Start of the last update that looked at some files"
    " only; verified_at is of all files",
    "COLUMN onextree.versions.is_reconciled": "Whether a scan of all files has seen this version;"
    " false for one that is the version before and the paths that were named, until then",
    "COLUMN public.onextree_snapshots.is_reconciled": "Whether a scan of all files has seen this"
    " version; false for one that is the version before and the paths that were named, until then",
    "COLUMN onextree.update_requests.paths": "Files that were named, beside those that commits"
    " name",
}


def upgrade() -> None:
    for statement in (DIRECTORIES, FORGET_DIRECTORIES, FORGET_TRIGGER, *COLUMNS, SNAPSHOTS):
        op.execute(statement)
    _allow_reasons("'commit', 'files', 'requested', 'stale', 'reconcile'")
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    op.execute("DELETE FROM onextree.update_requests WHERE reason = 'reconcile'")
    op.execute("UPDATE onextree.update_requests SET reason = 'requested' WHERE reason = 'files'")
    _allow_reasons("'commit', 'requested', 'stale'")
    op.execute("ALTER TABLE onextree.update_requests DROP COLUMN paths")
    op.execute("DROP VIEW public.onextree_snapshots")
    op.execute("ALTER TABLE onextree.versions DROP COLUMN is_reconciled")
    op.execute("ALTER TABLE onextree.projects DROP COLUMN hashed_version, DROP COLUMN updated_at")
    op.execute("DROP TRIGGER forget_directories ON onextree.projects")
    op.execute("DROP FUNCTION onextree.forget_directories()")
    op.execute("DROP TABLE onextree.current_directories")
    op.execute(REVISION_016.SNAPSHOTS)
    op.execute(REVISION_014.REFUSE_INSERT_TRIGGER)
    for comments in (REVISION_014.COMMENTS, REVISION_016.COMMENTS):
        for what, comment in comments.items():
            if "public.onextree_snapshots" in what and not what.startswith("FUNCTION"):
                op.execute(f"COMMENT ON {what} IS '{comment}'")
    for column, comment in REVISION_017.SNAPSHOT_COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN public.onextree_snapshots.{column} IS '{comment}'")


def _allow_reasons(reasons: str) -> None:
    for statement in REASONS:
        op.execute(statement.format(reasons))
