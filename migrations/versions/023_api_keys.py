"""Keys for the HTTP API, and the projects that each is for.

Revision ID: 023_api_keys
Revises: 022_circuit_breakers
"""

from alembic import op

revision = "023_api_keys"
down_revision = "022_circuit_breakers"
branch_labels = None
depends_on = None

KEYS = """
CREATE TABLE onextree.api_keys (
    key_id text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    may_write boolean NOT NULL,
    is_for_all_projects boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz
)
"""

# By the projects' keys: so that a project which takes over another one's id gets nothing.
PROJECTS = """
CREATE TABLE onextree.api_key_projects (
    key_id text NOT NULL REFERENCES onextree.api_keys ON DELETE CASCADE,
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    PRIMARY KEY (key_id, project_key)
)
"""

COMMENTS = {
    "TABLE onextree.api_keys": "Keys for the HTTP API; the keys themselves are not stored",
    "COLUMN onextree.api_keys.key_id": "The part of a key that tells which one it is",
    "COLUMN onextree.api_keys.name": "What people call it; never used again for another key",
    "COLUMN onextree.api_keys.secret_hash": "SHA-256 of the part that is secret, 32 random bytes",
    "COLUMN onextree.api_keys.may_write": "Whether it is for more than reading",
    "COLUMN onextree.api_keys.is_for_all_projects": "Else it is for those in api_key_projects;"
    " for none when all of them are gone",
    "COLUMN onextree.api_keys.last_used_at": "To the minute or so; null if it never was",
    "COLUMN onextree.api_keys.revoked_at": "Since when it is refused; null while it is not",
    "TABLE onextree.api_key_projects": "The projects that a key is for",
}


def upgrade() -> None:
    op.execute(KEYS)
    op.execute(PROJECTS)
    op.execute("CREATE INDEX ON onextree.api_key_projects (project_key)")
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP TABLE onextree.api_key_projects")
    op.execute("DROP TABLE onextree.api_keys")
