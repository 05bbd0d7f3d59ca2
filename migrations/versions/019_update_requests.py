"""Updates that somebody asked for, and where HEAD was when a project was verified.

Revision ID: 019_update_requests
Revises: 018_entries_of_any_version
"""

from alembic import op

revision = "019_update_requests"
down_revision = "018_entries_of_any_version"
branch_labels = None
depends_on = None

REQUESTS = """
CREATE TABLE onextree.update_requests (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    reason text NOT NULL CHECK (reason IN ('commit', 'requested', 'stale')),
    commit_id varchar(64),
    branch text,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    requested_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    not_before timestamptz NOT NULL
)
"""

# Else every project would be taken for one whose HEAD has moved.
KNOWN_HEADS = """
UPDATE onextree.projects p SET head_commit = v.commit_id, head_branch = v.branch
FROM (
    SELECT DISTINCT ON (project_key) project_key, commit_id, branch
    FROM onextree.versions ORDER BY project_key, version DESC
) AS v
WHERE v.project_key = p.project_key
"""

COMMENTS = {
    "TABLE onextree.update_requests": "Projects that are to be scanned, at most one request each; "
    "a scan that began after it was made fulfils it",
    "COLUMN onextree.update_requests.commit_id": "Where HEAD was seen; null for other reasons",
    "COLUMN onextree.update_requests.branch": "The branch that was checked out there",
    "COLUMN onextree.update_requests.attempts": "How often somebody has taken it",
    "COLUMN onextree.update_requests.requested_at": "The first request of a batch",
    "COLUMN onextree.update_requests.changed_at": "The last request of a batch",
    "COLUMN onextree.update_requests.not_before": "When it may be taken: when no other came for a "
    "while, or the first has waited long enough; whoever takes it moves this ahead",
    "COLUMN onextree.projects.head_commit": "Where HEAD was at the last scan; null without git",
    "COLUMN onextree.projects.head_branch": "The branch that was checked out there",
}


def upgrade() -> None:
    op.execute(REQUESTS)
    op.execute("CREATE INDEX ON onextree.update_requests (not_before)")
    op.execute(
        "ALTER TABLE onextree.projects ADD COLUMN head_commit varchar(64),"
        " ADD COLUMN head_branch text"
    )
    op.execute(KNOWN_HEADS)
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    op.execute("ALTER TABLE onextree.projects DROP COLUMN head_commit, DROP COLUMN head_branch")
    op.execute("DROP TABLE onextree.update_requests")
