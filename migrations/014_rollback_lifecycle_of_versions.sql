-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 014_lifecycle_of_versions -> 013_add_file_classes

DROP FUNCTION public.cleanup_expired_onextree_snapshots(integer);

DROP VIEW public.onextree_snapshots;

DROP TRIGGER lock_project ON onextree.projects;

DROP TRIGGER lock_project ON onextree.versions;

DROP TRIGGER forget_versions ON onextree.versions;

DROP TRIGGER refuse_change ON onextree.versions;

DROP FUNCTION onextree.lock_project();

DROP FUNCTION onextree.forget_versions();

DROP FUNCTION onextree.reopen_version(integer, integer);

DROP FUNCTION onextree.refuse_change();

DROP FUNCTION onextree.refuse_insert();

DROP INDEX onextree.idx_onextree_snapshots_project_id;

ALTER TABLE onextree.versions RENAME CONSTRAINT versions_project_key_version_key TO idx_onextree_snapshots_project_id;

ALTER TABLE onextree.versions DROP CONSTRAINT versions_project_fkey;

ALTER TABLE onextree.projects DROP CONSTRAINT projects_project_key_project_id_key;

ALTER TABLE onextree.versions DROP COLUMN project_id, DROP COLUMN is_pinned;

ALTER TABLE onextree.versions ADD CONSTRAINT versions_project_key_fkey FOREIGN KEY (project_key) REFERENCES onextree.projects ON DELETE CASCADE;

ALTER TABLE onextree.projects DROP COLUMN removed_at;

CREATE INDEX idx_onextree_snapshots_project_created ON onextree.versions (project_key, created_at DESC);

CREATE OR REPLACE FUNCTION onextree.extension(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN strpos(reverse(name), '.') BETWEEN 2 AND length(name) - 1
         THEN lower(right(name, strpos(reverse(name), '.') - 1)) END;

CREATE OR REPLACE FUNCTION
onextree.tree_structure(p_project integer, p_version integer, p_root text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH RECURSIVE entries AS MATERIALIZED (
    SELECT dir, name, kind, size, digest, nullif(c.language, '') AS language, c.category,
           CASE WHEN dir = '' THEN name ELSE dir || '/' || name END COLLATE "C" AS path
    FROM onextree.entries_at(p_project, p_version)
    LEFT JOIN onextree.file_classes c USING (class_id)
), known AS MATERIALIZED (
    SELECT enrichment_data -> 'directory_purposes' AS purposes
    FROM onextree.versions
    WHERE project_key = p_project AND version = p_version
), directories (path) AS (
    SELECT DISTINCT dir COLLATE "C" FROM entries WHERE dir <> ''
    UNION
    SELECT left(path, -strpos(reverse(path), '/')) FROM directories WHERE strpos(path, '/') > 0
), nested AS MATERIALIZED (
    SELECT path, (SELECT purposes ->> path FROM known) AS purpose,
           CASE WHEN strpos(path, '/') > 0 THEN left(path, -strpos(reverse(path), '/'))
                ELSE '' END COLLATE "C" AS parent
    FROM directories
), purposed (path, purpose) AS (
    SELECT path, purpose FROM nested WHERE parent = ''
    UNION ALL
    SELECT nested.path, coalesce(nested.purpose, purposed.purpose)
    FROM purposed JOIN nested ON nested.parent = purposed.path
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
           || coalesce(',"language":' || to_json(language), '')
           || coalesce(',"category":"' || category || '"', '')
           || coalesce(',"digest":"' || encode(digest, 'hex') || '"', '')
           || ',"children":[]}' AS node
    FROM entries
    UNION ALL
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01') || E'\x01\x01',
           'open',
           '{"path":' || to_json(path) || ',"name":'
           || to_json(right(path, strpos(reverse('/' || path), '/') - 1))
           || ',"type":"directory"'
           || coalesce(',"inferred_purpose":' || to_json(purpose), '') || ',"children":['
    FROM purposed
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

COMMENT ON VIEW public.onextree_snapshots IS 'Stores OnexTree project structure snapshots with versioning';

COMMENT ON COLUMN public.onextree_snapshots.project_id IS 'Unique project identifier (repo name or path hash)';

COMMENT ON COLUMN public.onextree_snapshots.tree_structure IS 'Complete tree, put together when it is selected';

COMMENT ON COLUMN public.onextree_snapshots.tree_hash IS 'SHA256 hash of tree structure for change detection';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_data IS 'Intelligence data from Archon patterns and analysis';

COMMENT ON COLUMN public.onextree_snapshots.version IS 'Snapshot version number for incremental updates';

COMMENT ON COLUMN public.onextree_snapshots.parent_snapshot_id IS 'Reference to previous snapshot for diff tracking';

UPDATE public.onextree_alembic_version SET version_num='013_add_file_classes' WHERE public.onextree_alembic_version.version_num = '014_lifecycle_of_versions';

COMMIT;
