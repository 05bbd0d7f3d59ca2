"""Projects that are remote repositories, and the git tree of each of their versions.

Revision ID: 021_remote_projects
Revises: 020_incremental_versions
"""

from importlib import import_module

from alembic import op

REVISION_014 = import_module("migrations.versions.014_lifecycle_of_versions")
REVISION_016 = import_module("migrations.versions.016_pending_work")
REVISION_017 = import_module("migrations.versions.017_views_for_analysts")
REVISION_020 = import_module("migrations.versions.020_incremental_versions")

revision = "021_remote_projects"
down_revision = "020_incremental_versions"
branch_labels = None
depends_on = None

COLUMNS = (
    "ALTER TABLE onextree.projects ADD COLUMN is_remote boolean NOT NULL DEFAULT false,"
    " ADD COLUMN remote_branch text, ADD COLUMN credential text",
    "ALTER TABLE onextree.versions ADD COLUMN git_tree varchar(64)",
)

# What is no reference, a secret above all, is not stored.
CONSTRAINTS = (
    "ALTER TABLE onextree.projects ADD CONSTRAINT projects_credential_check"
    " CHECK (credential ~ '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.*)$')",
    "ALTER TABLE onextree.projects ADD CONSTRAINT projects_remote_check"
    " CHECK (is_remote OR remote_branch IS NULL AND credential IS NULL)",
    "ALTER TABLE onextree.versions ADD CONSTRAINT versions_git_tree_check"
    " CHECK (git_tree ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')",
)

# A directory's path is absolute. There is something of this after a downgrade only.
RECOGNISE = "UPDATE onextree.projects SET is_remote = true WHERE project_root NOT LIKE '/%'"

REFUSE_CHANGE_TRIGGER = REVISION_016.REFUSE_CHANGE_TRIGGER.replace(
    "created_at, run_id", "created_at, run_id,\n    git_tree"
)

SNAPSHOTS = REVISION_020.SNAPSHOTS.replace(
    "       is_reconciled\n", "       is_reconciled,\n       git_tree\n"
)

GIT_TREE = (
    "Object id of the git tree of commit_id, which the version was taken of; null for versions of"
    " work trees"
)

COMMENTS = {
    "COLUMN onextree.projects.is_remote": "Whether project_root is the URL of a git repository, and"
    " not a directory",
    "COLUMN onextree.projects.remote_branch": "The branch of a remote repository that is followed;"
    " null for that of the HEAD of its server",
    "COLUMN onextree.projects.credential": "Where the credential for a remote repository is,"
    " env:NAME or file:/path; never the credential",
    "COLUMN onextree.versions.git_tree": GIT_TREE,
    "COLUMN public.onextree_snapshots.git_tree": GIT_TREE,
}


def upgrade() -> None:
    op.execute("DROP TRIGGER refuse_change ON onextree.versions")
    for statement in (*COLUMNS, *CONSTRAINTS, REFUSE_CHANGE_TRIGGER, SNAPSHOTS):
        op.execute(statement)
    op.execute(RECOGNISE)
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    # Before, each root was a directory. A remote project stays as a removed one does.
    op.execute(
        "DELETE FROM onextree.update_requests r USING onextree.projects p"
        " WHERE p.project_key = r.project_key AND p.is_remote"
    )
    op.execute(
        "UPDATE onextree.projects SET removed_at = now() WHERE is_remote AND removed_at IS NULL"
    )
    op.execute("DROP VIEW public.onextree_snapshots")
    op.execute("DROP TRIGGER refuse_change ON onextree.versions")
    op.execute("ALTER TABLE onextree.versions DROP COLUMN git_tree")
    op.execute(
        "ALTER TABLE onextree.projects DROP COLUMN is_remote, DROP COLUMN remote_branch,"
        " DROP COLUMN credential"
    )
    op.execute(REVISION_016.REFUSE_CHANGE_TRIGGER)
    op.execute(REVISION_020.SNAPSHOTS)
    op.execute(REVISION_014.REFUSE_INSERT_TRIGGER)
    for comments in (REVISION_014.COMMENTS, REVISION_016.COMMENTS, REVISION_020.COMMENTS):
        for what, comment in comments.items():
            if "public.onextree_snapshots" in what and not what.startswith("FUNCTION"):
                op.execute(f"COMMENT ON {what} IS '{comment}'")
    for column, comment in REVISION_017.SNAPSHOT_COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN public.onextree_snapshots.{column} IS '{comment}'")
