"""Stamps of contents, and which file of a project carries which.

Revision ID: 027_stamps
Revises: 026_intelligence
"""

from alembic import op

revision = "027_stamps"
down_revision = "026_intelligence"
branch_labels = None
depends_on = None

# What a stamp says of a version is a copy: it is true still when retention has deleted that.
STAMPS = """
CREATE TABLE onextree.stamps (
    id uuid PRIMARY KEY,
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    blake3 bytea NOT NULL CHECK (octet_length(blake3) = 32),
    stamped_blake3 bytea NOT NULL CHECK (octet_length(stamped_blake3) = 32),
    content_size bigint NOT NULL CHECK (content_size >= 0),
    created_at timestamptz NOT NULL,
    correlation_id uuid NOT NULL,
    event_id uuid NOT NULL,
    snapshot_id uuid,
    project_key integer REFERENCES onextree.projects ON DELETE SET NULL,
    tree_version integer,
    version integer NOT NULL,
    is_sidecar boolean NOT NULL,
    namespace text COLLATE "C" NOT NULL CHECK (length(namespace) BETWEEN 1 AND 200),
    stamp_type text NOT NULL CHECK (stamp_type IN ('lightweight', 'rich')),
    stamp text NOT NULL,
    file_path text COLLATE "C",
    commit_id text,
    run_id text,
    intelligence_level text NOT NULL
        CHECK (intelligence_level IN ('live', 'snapshot', 'basic')),
    op_id text NOT NULL,
    workflow_id text,
    protocol_version text NOT NULL,
    metadata_version text NOT NULL,
    intelligence jsonb NOT NULL CHECK (jsonb_typeof(intelligence) = 'object'),
    intelligence_data jsonb NOT NULL CHECK (jsonb_typeof(intelligence_data) = 'object'),
    metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
    UNIQUE (content_hash, namespace)
)
"""

CONTENTS = """
CREATE TABLE onextree.stamp_contents (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    reading_version integer NOT NULL,
    used_on date NOT NULL DEFAULT current_date,
    form text,
    uid text,
    stamp_hash bytea CHECK (octet_length(stamp_hash) = 32)
)
"""

MANIFESTS = """
CREATE TABLE onextree.stamp_manifests (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    snapshot_id uuid NOT NULL,
    version integer NOT NULL,
    reading_version integer NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    counts jsonb NOT NULL CHECK (jsonb_typeof(counts) = 'object')
)
"""

# A path can be longer than a key of an index.
MANIFEST = """
CREATE TABLE onextree.stamp_manifest (
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    path_key bytea NOT NULL CHECK (octet_length(path_key) = 16),
    path text COLLATE "C" NOT NULL,
    digest bytea CHECK (octet_length(digest) = 32),
    content_hash bytea CHECK (octet_length(content_hash) = 32),
    state text NOT NULL
        CHECK (state IN ('stamped', 'mismatched', 'unstamped', 'sidecar', 'unread')),
    form text,
    uid text,
    stamp_hash bytea CHECK (octet_length(stamp_hash) = 32),
    sidecar_path text COLLATE "C",
    PRIMARY KEY (project_key, path_key)
)
"""

INDEXES = (
    "CREATE INDEX ON onextree.stamps (namespace, created_at DESC, id)",
    "CREATE INDEX ON onextree.stamps (blake3)",
    "CREATE INDEX ON onextree.stamps (stamped_blake3)",
    "CREATE INDEX ON onextree.stamps (project_key, md5(file_path)) WHERE project_key IS NOT NULL",
    "CREATE INDEX ON onextree.stamp_contents (used_on)",
    "CREATE INDEX ON onextree.stamp_manifest (digest)",
    "CREATE INDEX ON onextree.stamp_manifest (project_key, state)"
    " WHERE state IN ('mismatched', 'unread')",
    "CREATE INDEX outbox_stamps ON onextree.outbox (event_id) WHERE event = 'stamp_created'",
)

STAMPS_VIEW = """
CREATE VIEW public.onextree_stamps AS
SELECT s.id AS stamp_id, s.namespace, encode(s.content_hash, 'hex') AS content_hash,
       encode(s.blake3, 'hex') AS blake3, encode(s.stamped_blake3, 'hex') AS stamped_blake3,
       s.content_size, s.stamp_type, s.stamp, s.is_sidecar, p.project_id, s.file_path,
       s.snapshot_id, s.tree_version, s.commit_id, s.run_id, s.intelligence_level, s.intelligence,
       s.intelligence_data, s.metadata, s.op_id, s.workflow_id, s.correlation_id, s.event_id,
       (SELECT o.sequence <= e.published_sequence
        FROM onextree.outbox o JOIN onextree.event_streams e USING (project_id)
        WHERE o.event_id = s.event_id AND o.event = 'stamp_created') AS is_event_published,
       s.version, s.protocol_version, s.metadata_version, s.created_at
FROM onextree.stamps s
LEFT JOIN onextree.projects p USING (project_key)
"""

MANIFEST_VIEW = """
CREATE VIEW public.onextree_stamp_manifest AS
SELECT p.project_id, m.path, encode(m.digest, 'hex') AS blake3,
       encode(m.content_hash, 'hex') AS content_hash, m.state, m.form,
       encode(m.stamp_hash, 'hex') AS stamp_hash, m.uid, m.sidecar_path, v.version,
       (SELECT s.id FROM onextree.stamps s WHERE s.content_hash = m.content_hash
        ORDER BY s.created_at DESC, s.id LIMIT 1) AS stamp_id
FROM onextree.stamp_manifest m
JOIN onextree.stamp_manifests v USING (project_key)
JOIN onextree.projects p USING (project_key)
"""

COMMENTS = {
    "TABLE onextree.stamps": "Stamps of contents: one a content hash and namespace",
    "COLUMN onextree.stamps.content_hash": "BLAKE3 of the content without stamps, normalised",
    "COLUMN onextree.stamps.blake3": "Of the bytes that were given",
    "COLUMN onextree.stamps.stamped_blake3": "Of the bytes that carry the stamp",
    "COLUMN onextree.stamps.created_at": "When the content was stamped first in its namespace",
    "COLUMN onextree.stamps.event_id": "Of the event that tells of it",
    "COLUMN onextree.stamps.snapshot_id": "Of the version that the intelligence is of, which may be"
    " deleted by now",
    "COLUMN onextree.stamps.intelligence": "What the tree knew",
    "COLUMN onextree.stamps.intelligence_data": "What the caller knew",
    "TABLE onextree.stamp_contents": "What contents say of themselves, whatever file they are of",
    "COLUMN onextree.stamp_contents.digest": "BLAKE3 of the bytes, stamps and all",
    "COLUMN onextree.stamp_contents.form": "Of the stamp; null where there is none",
    "COLUMN onextree.stamp_contents.uid": "As the stamp has it, whoever wrote that",
    "COLUMN onextree.stamp_contents.stamp_hash": "That the stamp names",
    "COLUMN onextree.stamp_contents.used_on": "About when it was asked for last",
    "TABLE onextree.stamp_manifests": "Projects whose files were looked through for stamps, as of"
    " one version",
    "COLUMN onextree.stamp_manifests.counts": "Files by their state",
    "TABLE onextree.stamp_manifest": "Files of these versions",
    "COLUMN onextree.stamp_manifest.path_key": "The first half of the path''s BLAKE3",
    "COLUMN onextree.stamp_manifest.digest": "BLAKE3 of the bytes, stamps and all",
    "VIEW public.onextree_stamps": "Stamps of contents: one a content hash and namespace",
    "VIEW public.onextree_stamp_manifest": "Which file of a project carries which stamp, as of the"
    " version that was looked through last",
}

VIEW_COLUMNS = {
    "onextree_stamps": {
        "stamp_id": "Also the uid in the stamp: made of namespace and content hash alone",
        "namespace": "Within which a content has one stamp",
        "content_hash": "BLAKE3 of the content without stamps, normalised; hexadecimal",
        "blake3": "BLAKE3 of the bytes that were given; hexadecimal",
        "stamped_blake3": "BLAKE3 of the bytes that carry the stamp; hexadecimal",
        "content_size": "Bytes that were given",
        "stamp_type": "lightweight or rich",
        "stamp": "As written",
        "is_sidecar": "Whether it stands in a file beside the one that it is of",
        "project_id": "The project; null where it is of none, or that was removed",
        "file_path": "Of the file that the content was stamped for first",
        "snapshot_id": "The version that the intelligence is of, which may be deleted by now",
        "tree_version": "The number of that version",
        "commit_id": "The commit of that version",
        "run_id": "The run of Dagster that stored that version",
        "intelligence_level": "live, snapshot or basic",
        "intelligence": "What the tree knew",
        "intelligence_data": "What the caller knew",
        "metadata": "What the caller said of the content",
        "op_id": "The operation of the caller",
        "workflow_id": "The workflow of the caller",
        "correlation_id": "Of the request that led to it",
        "event_id": "Of the event that tells of it",
        "is_event_published": "Whether Kafka has acknowledged that event; null when it is kept no"
        " more",
        "version": "Of the schema of the caller",
        "protocol_version": "Of the stamp",
        "metadata_version": "Of the metadata",
        "created_at": "When the content was stamped first in its namespace",
    },
    "onextree_stamp_manifest": {
        "project_id": "The project",
        "path": "Of a file, relative to the root",
        "blake3": "BLAKE3 of its bytes; hexadecimal",
        "content_hash": "BLAKE3 of its content without stamps, normalised; null where it was not"
        " read",
        "state": "stamped, mismatched, unstamped, sidecar or unread",
        "form": "How its stamp is written: lightweight, rich, sidecar or reference; null where it"
        " has none",
        "stamp_hash": "The content hash that its stamp names",
        "uid": "As its stamp has it, whoever wrote that",
        "sidecar_path": "The file beside it that carries the stamp",
        "version": "The version that was looked through",
        "stamp_id": "The newest stamp of that content in any namespace; null where none is known",
    },
}


def upgrade() -> None:
    for table in (STAMPS, CONTENTS, MANIFESTS, MANIFEST):
        op.execute(table)
    for index in INDEXES:
        op.execute(index)
    op.execute(STAMPS_VIEW)
    op.execute(MANIFEST_VIEW)
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")
    for view, columns in VIEW_COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN public.{view}.{column} IS '{comment}'")


def downgrade() -> None:
    for view in ("onextree_stamp_manifest", "onextree_stamps"):
        op.execute(f"DROP VIEW public.{view}")
    op.execute("DROP INDEX onextree.outbox_stamps")
    for table in ("stamp_manifest", "stamp_manifests", "stamp_contents", "stamps"):
        op.execute(f"DROP TABLE onextree.{table}")
