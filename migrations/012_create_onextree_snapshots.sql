-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

CREATE TABLE IF NOT EXISTS public.onextree_alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT onextree_alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 012_create_onextree_snapshots

DO $$
BEGIN
    IF to_regclass('public.onextree_snapshots') IS NOT NULL THEN
        RAISE EXCEPTION 'onextree_snapshots exists already, and nothing is ever dropped for it'
            USING HINT = 'If another application made it, rename it or use another database.';
    END IF;
    IF to_regnamespace('onextree') IS NOT NULL THEN
        RAISE EXCEPTION 'a schema named onextree exists already, and nothing is ever dropped for it'
            USING HINT = 'If another application made it, rename it or use another database.';
    END IF;
END
$$;

CREATE SCHEMA onextree;

CREATE TABLE onextree.projects (
    project_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id varchar(255) COLLATE "C" NOT NULL UNIQUE,
    project_root text NOT NULL,
    last_version integer NOT NULL DEFAULT 0 CHECK (last_version >= 0),
    verified_at timestamptz,
    last_accessed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE onextree.versions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    project_root text NOT NULL,
    tree_hash varchar(64) NOT NULL,
    total_files integer NOT NULL CHECK (total_files >= 0),
    total_directories integer NOT NULL CHECK (total_directories >= 0),
    total_size_bytes bigint NOT NULL CHECK (total_size_bytes >= 0),
    enrichment_data jsonb NOT NULL DEFAULT '{}',
    enrichment_sources text[] NOT NULL DEFAULT ARRAY[]::text[],
    is_enriched boolean NOT NULL DEFAULT false,
    generation_time_ms integer CHECK (generation_time_ms >= 0),
    enrichment_time_ms integer CHECK (enrichment_time_ms >= 0),
    parent_snapshot_id uuid REFERENCES onextree.versions ON DELETE SET NULL,
    commit_id varchar(64),
    branch text,
    is_dirty boolean,
    is_mixed boolean NOT NULL DEFAULT false,
    trigger_type text NOT NULL,
    unreadable_files integer NOT NULL DEFAULT 0 CHECK (unreadable_files >= 0),
    skipped_files integer NOT NULL DEFAULT 0 CHECK (skipped_files >= 0),
    paths_added text[] NOT NULL DEFAULT ARRAY[]::text[],
    paths_modified text[] NOT NULL DEFAULT ARRAY[]::text[],
    paths_removed text[] NOT NULL DEFAULT ARRAY[]::text[],
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CONSTRAINT tree_hash_format CHECK (tree_hash ~ '^[a-f0-9]{64}$'),
    CONSTRAINT idx_onextree_snapshots_project_id UNIQUE (project_key, version)
);

CREATE TABLE onextree.current_entries (
    project_key integer NOT NULL,
    v_from integer NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    kind "char" NOT NULL CHECK (kind IN ('f', 'x', 'l', 'm', 'r')),
    dir text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest bytea CHECK (octet_length(digest) = 32),
    long_dir text COLLATE "C",
    PRIMARY KEY (project_key, dir, name)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE onextree.closed_entries (
    project_key integer NOT NULL,
    v_from integer NOT NULL,
    v_to integer NOT NULL,
    size bigint NOT NULL,
    kind "char" NOT NULL,
    dir text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest bytea,
    long_dir text COLLATE "C",
    CHECK (v_from < v_to),
    PRIMARY KEY (project_key, dir, name, v_from)
);

CREATE INDEX idx_onextree_snapshots_tree_hash ON onextree.versions (tree_hash);

CREATE INDEX idx_onextree_snapshots_created_at ON onextree.versions (created_at DESC);

CREATE INDEX idx_onextree_snapshots_expires_at ON onextree.versions (expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX idx_onextree_snapshots_enrichment_data ON onextree.versions USING gin (enrichment_data jsonb_path_ops);

CREATE INDEX idx_onextree_snapshots_project_created ON onextree.versions (project_key, created_at DESC);

CREATE INDEX idx_onextree_snapshots_parent ON onextree.versions (parent_snapshot_id) WHERE parent_snapshot_id IS NOT NULL;

CREATE INDEX idx_onextree_closed_entries_v_to ON onextree.closed_entries (project_key, v_to);

CREATE FUNCTION onextree.update_onextree_snapshots_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;

CREATE TRIGGER trigger_onextree_snapshots_updated_at
    BEFORE UPDATE ON onextree.versions
    FOR EACH ROW EXECUTE FUNCTION onextree.update_onextree_snapshots_updated_at();

CREATE FUNCTION onextree.extension(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN strpos(reverse(name), '.') BETWEEN 2 AND length(name) - 1
         THEN lower(right(name, strpos(reverse(name), '.') - 1)) END;

CREATE FUNCTION onextree.entries_at(p_project integer, p_version integer)
RETURNS TABLE (dir text, name text, kind "char", size bigint, digest bytea, v_from integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(long_dir, dir), name, kind, size, digest, v_from
    FROM onextree.current_entries
    WHERE project_key = p_project AND v_from <= p_version
    UNION ALL
    SELECT coalesce(long_dir, dir), name, kind, size, digest, v_from
    FROM onextree.closed_entries
    WHERE project_key = p_project AND v_from <= p_version AND v_to > p_version
$$;

CREATE FUNCTION onextree.tree_structure(p_project integer, p_version integer, p_root text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH RECURSIVE entries AS MATERIALIZED (
    SELECT dir, name, kind, size, digest,
           CASE WHEN dir = '' THEN name ELSE dir || '/' || name END COLLATE "C" AS path
    FROM onextree.entries_at(p_project, p_version)
), directories (path) AS (
    SELECT DISTINCT dir COLLATE "C" FROM entries WHERE dir <> ''
    UNION
    SELECT left(path, -strpos(reverse(path), '/')) FROM directories WHERE strpos(path, '/') > 0
), events AS (
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01')
               COLLATE "C" AS key,
           'leaf' AS event,
           '{"path":' || to_json(path) || ',"name":' || to_json(name)
           || CASE WHEN kind IN ('m', 'r') THEN ',"type":"directory"' ELSE ',"type":"file"' END
           || CASE kind WHEN 'l' THEN ',"kind":"symlink"' WHEN 'm' THEN ',"kind":"submodule"'
                        WHEN 'r' THEN ',"kind":"repository"' WHEN 'x' THEN ',"executable": true'
                        ELSE '' END
           || ',"size":' || size
           || coalesce(',"extension":' || to_json(onextree.extension(name)), '')
           || coalesce(',"digest":"' || encode(digest, 'hex') || '"', '')
           || ',"children":[]}' AS node
    FROM entries
    UNION ALL
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01') || E'\x01\x01',
           'open',
           '{"path":' || to_json(path) || ',"name":'
           || to_json(right(path, strpos(reverse('/' || path), '/') - 1))
           || ',"type":"directory","children":['
    FROM directories
    UNION ALL
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01') || E'\x01\x02',
           'close', ']}'
    FROM directories
), ordered AS (
    SELECT key, event, node, lag(event) OVER (ORDER BY key) AS before FROM events
)
SELECT ('{"path":"","name":' || to_json(substring(p_root from '[^/]*$'))
        || ',"type":"directory","children":['
        || coalesce(string_agg(CASE WHEN event <> 'close' AND before <> 'open' THEN ',' ELSE '' END
                               || node, '' ORDER BY key), '')
        || ']}')::jsonb
FROM ordered
$$;

CREATE VIEW public.onextree_snapshots AS
SELECT v.id,
       p.project_id,
       v.project_root,
       onextree.tree_structure(v.project_key, v.version, v.project_root) AS tree_structure,
       v.tree_hash,
       v.total_files,
       v.total_directories,
       v.total_size_bytes,
       v.enrichment_data,
       v.enrichment_sources,
       v.is_enriched,
       v.generation_time_ms,
       v.enrichment_time_ms,
       v.version,
       v.parent_snapshot_id,
       v.created_at,
       v.updated_at,
       v.expires_at,
       v.commit_id,
       v.branch,
       v.is_dirty,
       v.trigger_type
FROM onextree.versions v
JOIN onextree.projects p USING (project_key);

COMMENT ON SCHEMA onextree IS 'Tables and functions of OnexTree; read the views in public instead';

COMMENT ON TABLE onextree.projects IS 'Registered projects, one row each';

COMMENT ON COLUMN onextree.projects.project_key IS 'Short key of the project in the other tables';

COMMENT ON COLUMN onextree.projects.last_version IS 'Last version number given; none is used twice';

COMMENT ON COLUMN onextree.projects.verified_at IS 'Start of the last scan that the newest version equals';

COMMENT ON TABLE onextree.versions IS 'One row a version of a project, without its tree';

COMMENT ON COLUMN onextree.versions.paths_added IS 'Delta to the parent; empty for a first version';

COMMENT ON TABLE onextree.current_entries IS 'The newest tree of every project, a row an entry';

COMMENT ON COLUMN onextree.current_entries.v_from IS 'Version that wrote the row';

COMMENT ON COLUMN onextree.current_entries.kind IS 'f file, x executable, l symlink, m submodule, r nested repository';

COMMENT ON COLUMN onextree.current_entries.digest IS 'BLAKE3; null where the file could not be read';

COMMENT ON COLUMN onextree.current_entries.long_dir IS 'The whole path where dir is a shortened key';

COMMENT ON TABLE onextree.closed_entries IS 'What later versions replaced or removed, valid in [v_from, v_to)';

COMMENT ON VIEW public.onextree_snapshots IS 'Stores OnexTree project structure snapshots with versioning';

COMMENT ON COLUMN public.onextree_snapshots.project_id IS 'Unique project identifier (repo name or path hash)';

COMMENT ON COLUMN public.onextree_snapshots.tree_structure IS 'Complete tree, put together when it is selected';

COMMENT ON COLUMN public.onextree_snapshots.tree_hash IS 'SHA256 hash of tree structure for change detection';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_data IS 'Intelligence data from Archon patterns and analysis';

COMMENT ON COLUMN public.onextree_snapshots.version IS 'Snapshot version number for incremental updates';

COMMENT ON COLUMN public.onextree_snapshots.parent_snapshot_id IS 'Reference to previous snapshot for diff tracking';

INSERT INTO public.onextree_alembic_version (version_num) VALUES ('012_create_onextree_snapshots') RETURNING public.onextree_alembic_version.version_num;

COMMIT;
