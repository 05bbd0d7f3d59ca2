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
