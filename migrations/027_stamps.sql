-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 026_intelligence -> 027_stamps

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
);

CREATE TABLE onextree.stamp_contents (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    reading_version integer NOT NULL,
    used_on date NOT NULL DEFAULT current_date,
    form text,
    uid text,
    stamp_hash bytea CHECK (octet_length(stamp_hash) = 32)
);

CREATE TABLE onextree.stamp_manifests (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    snapshot_id uuid NOT NULL,
    version integer NOT NULL,
    reading_version integer NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    counts jsonb NOT NULL CHECK (jsonb_typeof(counts) = 'object')
);

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
);

CREATE INDEX ON onextree.stamps (namespace, created_at DESC, id);

CREATE INDEX ON onextree.stamps (blake3);

CREATE INDEX ON onextree.stamps (stamped_blake3);

CREATE INDEX ON onextree.stamps (project_key, md5(file_path)) WHERE project_key IS NOT NULL;

CREATE INDEX ON onextree.stamp_contents (used_on);

CREATE INDEX ON onextree.stamp_manifest (digest);

CREATE INDEX ON onextree.stamp_manifest (project_key, state) WHERE state IN ('mismatched', 'unread');

CREATE INDEX outbox_stamps ON onextree.outbox (event_id) WHERE event = 'stamp_created';

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
LEFT JOIN onextree.projects p USING (project_key);

CREATE VIEW public.onextree_stamp_manifest AS
SELECT p.project_id, m.path, encode(m.digest, 'hex') AS blake3,
       encode(m.content_hash, 'hex') AS content_hash, m.state, m.form,
       encode(m.stamp_hash, 'hex') AS stamp_hash, m.uid, m.sidecar_path, v.version,
       (SELECT s.id FROM onextree.stamps s WHERE s.content_hash = m.content_hash
        ORDER BY s.created_at DESC, s.id LIMIT 1) AS stamp_id
FROM onextree.stamp_manifest m
JOIN onextree.stamp_manifests v USING (project_key)
JOIN onextree.projects p USING (project_key);

COMMENT ON TABLE onextree.stamps IS 'Stamps of contents: one a content hash and namespace';

COMMENT ON COLUMN onextree.stamps.content_hash IS 'BLAKE3 of the content without stamps, normalised';

COMMENT ON COLUMN onextree.stamps.blake3 IS 'Of the bytes that were given';

COMMENT ON COLUMN onextree.stamps.stamped_blake3 IS 'Of the bytes that carry the stamp';

COMMENT ON COLUMN onextree.stamps.created_at IS 'When the content was stamped first in its namespace';

COMMENT ON COLUMN onextree.stamps.event_id IS 'Of the event that tells of it';

COMMENT ON COLUMN onextree.stamps.snapshot_id IS 'Of the version that the intelligence is of, which may be deleted by now';

COMMENT ON COLUMN onextree.stamps.intelligence IS 'What the tree knew';

COMMENT ON COLUMN onextree.stamps.intelligence_data IS 'What the caller knew';

COMMENT ON TABLE onextree.stamp_contents IS 'What contents say of themselves, whatever file they are of';

COMMENT ON COLUMN onextree.stamp_contents.digest IS 'BLAKE3 of the bytes, stamps and all';

COMMENT ON COLUMN onextree.stamp_contents.form IS 'Of the stamp; null where there is none';

COMMENT ON COLUMN onextree.stamp_contents.uid IS 'As the stamp has it, whoever wrote that';

COMMENT ON COLUMN onextree.stamp_contents.stamp_hash IS 'That the stamp names';

COMMENT ON COLUMN onextree.stamp_contents.used_on IS 'About when it was asked for last';

COMMENT ON TABLE onextree.stamp_manifests IS 'Projects whose files were looked through for stamps, as of one version';

COMMENT ON COLUMN onextree.stamp_manifests.counts IS 'Files by their state';

COMMENT ON TABLE onextree.stamp_manifest IS 'Files of these versions';

COMMENT ON COLUMN onextree.stamp_manifest.path_key IS 'The first half of the path''s BLAKE3';

COMMENT ON COLUMN onextree.stamp_manifest.digest IS 'BLAKE3 of the bytes, stamps and all';

COMMENT ON VIEW public.onextree_stamps IS 'Stamps of contents: one a content hash and namespace';

COMMENT ON VIEW public.onextree_stamp_manifest IS 'Which file of a project carries which stamp, as of the version that was looked through last';

COMMENT ON COLUMN public.onextree_stamps.stamp_id IS 'Also the uid in the stamp: made of namespace and content hash alone';

COMMENT ON COLUMN public.onextree_stamps.namespace IS 'Within which a content has one stamp';

COMMENT ON COLUMN public.onextree_stamps.content_hash IS 'BLAKE3 of the content without stamps, normalised; hexadecimal';

COMMENT ON COLUMN public.onextree_stamps.blake3 IS 'BLAKE3 of the bytes that were given; hexadecimal';

COMMENT ON COLUMN public.onextree_stamps.stamped_blake3 IS 'BLAKE3 of the bytes that carry the stamp; hexadecimal';

COMMENT ON COLUMN public.onextree_stamps.content_size IS 'Bytes that were given';

COMMENT ON COLUMN public.onextree_stamps.stamp_type IS 'lightweight or rich';

COMMENT ON COLUMN public.onextree_stamps.stamp IS 'As written';

COMMENT ON COLUMN public.onextree_stamps.is_sidecar IS 'Whether it stands in a file beside the one that it is of';

COMMENT ON COLUMN public.onextree_stamps.project_id IS 'The project; null where it is of none, or that was removed';

COMMENT ON COLUMN public.onextree_stamps.file_path IS 'Of the file that the content was stamped for first';

COMMENT ON COLUMN public.onextree_stamps.snapshot_id IS 'The version that the intelligence is of, which may be deleted by now';

COMMENT ON COLUMN public.onextree_stamps.tree_version IS 'The number of that version';

COMMENT ON COLUMN public.onextree_stamps.commit_id IS 'The commit of that version';

COMMENT ON COLUMN public.onextree_stamps.run_id IS 'The run of Dagster that stored that version';

COMMENT ON COLUMN public.onextree_stamps.intelligence_level IS 'live, snapshot or basic';

COMMENT ON COLUMN public.onextree_stamps.intelligence IS 'What the tree knew';

COMMENT ON COLUMN public.onextree_stamps.intelligence_data IS 'What the caller knew';

COMMENT ON COLUMN public.onextree_stamps.metadata IS 'What the caller said of the content';

COMMENT ON COLUMN public.onextree_stamps.op_id IS 'The operation of the caller';

COMMENT ON COLUMN public.onextree_stamps.workflow_id IS 'The workflow of the caller';

COMMENT ON COLUMN public.onextree_stamps.correlation_id IS 'Of the request that led to it';

COMMENT ON COLUMN public.onextree_stamps.event_id IS 'Of the event that tells of it';

COMMENT ON COLUMN public.onextree_stamps.is_event_published IS 'Whether Kafka has acknowledged that event; null when it is kept no more';

COMMENT ON COLUMN public.onextree_stamps.version IS 'Of the schema of the caller';

COMMENT ON COLUMN public.onextree_stamps.protocol_version IS 'Of the stamp';

COMMENT ON COLUMN public.onextree_stamps.metadata_version IS 'Of the metadata';

COMMENT ON COLUMN public.onextree_stamps.created_at IS 'When the content was stamped first in its namespace';

COMMENT ON COLUMN public.onextree_stamp_manifest.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_stamp_manifest.path IS 'Of a file, relative to the root';

COMMENT ON COLUMN public.onextree_stamp_manifest.blake3 IS 'BLAKE3 of its bytes; hexadecimal';

COMMENT ON COLUMN public.onextree_stamp_manifest.content_hash IS 'BLAKE3 of its content without stamps, normalised; null where it was not read';

COMMENT ON COLUMN public.onextree_stamp_manifest.state IS 'stamped, mismatched, unstamped, sidecar or unread';

COMMENT ON COLUMN public.onextree_stamp_manifest.form IS 'How its stamp is written: lightweight, rich, sidecar or reference; null where it has none';

COMMENT ON COLUMN public.onextree_stamp_manifest.stamp_hash IS 'The content hash that its stamp names';

COMMENT ON COLUMN public.onextree_stamp_manifest.uid IS 'As its stamp has it, whoever wrote that';

COMMENT ON COLUMN public.onextree_stamp_manifest.sidecar_path IS 'The file beside it that carries the stamp';

COMMENT ON COLUMN public.onextree_stamp_manifest.version IS 'The version that was looked through';

COMMENT ON COLUMN public.onextree_stamp_manifest.stamp_id IS 'The newest stamp of that content in any namespace; null where none is known';

UPDATE public.onextree_alembic_version SET version_num='027_stamps' WHERE public.onextree_alembic_version.version_num = '026_intelligence';

COMMIT;
