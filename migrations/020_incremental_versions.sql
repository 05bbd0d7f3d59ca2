-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 019_update_requests -> 020_incremental_versions

CREATE TABLE onextree.current_directories (
    project_key integer NOT NULL,
    parent text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (project_key, parent, name)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE FUNCTION onextree.forget_directories() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM onextree.current_directories WHERE project_key = OLD.project_key;
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_directories AFTER DELETE ON onextree.projects
    FOR EACH ROW EXECUTE FUNCTION onextree.forget_directories();

ALTER TABLE onextree.versions ADD COLUMN is_reconciled boolean NOT NULL DEFAULT true;

ALTER TABLE onextree.projects ADD COLUMN hashed_version integer, ADD COLUMN updated_at timestamptz;

ALTER TABLE onextree.update_requests ADD COLUMN paths text[] NOT NULL DEFAULT ARRAY[]::text[];

CREATE OR REPLACE VIEW public.onextree_snapshots AS
SELECT id,
       project_id,
       project_root,
       onextree.tree_structure(project_key, version, project_root) AS tree_structure,
       tree_hash,
       total_files,
       total_directories,
       total_size_bytes,
       enrichment_data,
       enrichment_sources,
       is_enriched,
       generation_time_ms,
       enrichment_time_ms,
       version,
       parent_snapshot_id,
       created_at,
       updated_at,
       expires_at,
       commit_id,
       branch,
       is_dirty,
       trigger_type,
       is_pinned,
       run_id,
       is_reconciled
FROM onextree.versions;

ALTER TABLE onextree.update_requests DROP CONSTRAINT update_requests_reason_check;

ALTER TABLE onextree.update_requests ADD CONSTRAINT update_requests_reason_check CHECK (reason IN ('commit', 'files', 'requested', 'stale', 'reconcile'));

COMMENT ON TABLE onextree.current_directories IS 'Digest of each directory of a newest version but the root, whose digest is the tree hash';

COMMENT ON COLUMN onextree.current_directories.parent IS 'Key of the directory above, as dir of current_entries';

COMMENT ON COLUMN onextree.current_directories.digest IS 'SHA-256, see docs/tree-hash.md';

COMMENT ON COLUMN onextree.projects.hashed_version IS 'The version that current_directories is of; unless it is the newest one, and a scan of all files stored it, the next update scans all files';

COMMENT ON COLUMN onextree.projects.updated_at IS 'Start of the last update that looked at some files only; verified_at is of all files';

COMMENT ON COLUMN onextree.versions.is_reconciled IS 'Whether a scan of all files has seen this version; false for one that is the version before and the paths that were named, until then';

COMMENT ON COLUMN public.onextree_snapshots.is_reconciled IS 'Whether a scan of all files has seen this version; false for one that is the version before and the paths that were named, until then';

COMMENT ON COLUMN onextree.update_requests.paths IS 'Files that were named, beside those that commits name';

UPDATE public.onextree_alembic_version SET version_num='020_incremental_versions' WHERE public.onextree_alembic_version.version_num = '019_update_requests';

COMMIT;
