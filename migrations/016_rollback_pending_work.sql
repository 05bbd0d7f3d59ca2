-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 016_pending_work -> 015_compact_entries

DROP VIEW public.onextree_snapshots;

DROP TABLE onextree.enrichment_queue, onextree.pending_materialisations, onextree.project_failures;

DROP TRIGGER refuse_change ON onextree.versions;

ALTER TABLE onextree.versions DROP COLUMN run_id;

CREATE VIEW public.onextree_snapshots AS
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
       is_pinned
FROM onextree.versions;

CREATE TRIGGER refuse_insert INSTEAD OF INSERT ON public.onextree_snapshots
    FOR EACH ROW EXECUTE FUNCTION onextree.refuse_insert();

CREATE TRIGGER refuse_change BEFORE UPDATE OF
    id, project_root, version, tree_hash, total_files, total_directories, total_size_bytes,
    generation_time_ms, commit_id, branch, is_dirty, is_mixed, trigger_type, unreadable_files,
    skipped_files, paths_added, paths_modified, paths_removed, created_at
    ON onextree.versions
    FOR EACH ROW WHEN (current_setting('onextree.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION onextree.refuse_change();

COMMENT ON VIEW public.onextree_snapshots IS 'Stores OnexTree project structure snapshots with versioning';

COMMENT ON COLUMN public.onextree_snapshots.project_id IS 'Unique project identifier (repo name or path hash)';

COMMENT ON COLUMN public.onextree_snapshots.tree_structure IS 'Complete tree, put together when it is selected';

COMMENT ON COLUMN public.onextree_snapshots.tree_hash IS 'SHA256 hash of tree structure for change detection';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_data IS 'Intelligence data from Archon patterns and analysis';

COMMENT ON COLUMN public.onextree_snapshots.version IS 'Snapshot version number for incremental updates';

COMMENT ON COLUMN public.onextree_snapshots.parent_snapshot_id IS 'Reference to previous snapshot for diff tracking';

COMMENT ON COLUMN public.onextree_snapshots.expires_at IS 'When retention may delete the version; the newest of a project is never deleted';

COMMENT ON COLUMN public.onextree_snapshots.is_pinned IS 'Retention never deletes a pinned version';

UPDATE public.onextree_alembic_version SET version_num='015_compact_entries' WHERE public.onextree_alembic_version.version_num = '016_pending_work';

COMMIT;
