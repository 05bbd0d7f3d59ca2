-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 021_remote_projects -> 020_incremental_versions

DELETE FROM onextree.update_requests r USING onextree.projects p WHERE p.project_key = r.project_key AND p.is_remote;

UPDATE onextree.projects SET removed_at = now() WHERE is_remote AND removed_at IS NULL;

DROP VIEW public.onextree_snapshots;

DROP TRIGGER refuse_change ON onextree.versions;

ALTER TABLE onextree.versions DROP COLUMN git_tree;

ALTER TABLE onextree.projects DROP COLUMN is_remote, DROP COLUMN remote_branch, DROP COLUMN credential;

CREATE TRIGGER refuse_change BEFORE UPDATE OF
    id, project_root, version, tree_hash, total_files, total_directories, total_size_bytes,
    generation_time_ms, commit_id, branch, is_dirty, is_mixed, trigger_type, unreadable_files,
    skipped_files, paths_added, paths_modified, paths_removed, created_at, run_id
    ON onextree.versions
    FOR EACH ROW WHEN (current_setting('onextree.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION onextree.refuse_change();

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

CREATE TRIGGER refuse_insert INSTEAD OF INSERT ON public.onextree_snapshots
    FOR EACH ROW EXECUTE FUNCTION onextree.refuse_insert();

COMMENT ON VIEW public.onextree_snapshots IS 'Stores OnexTree project structure snapshots with versioning';

COMMENT ON COLUMN public.onextree_snapshots.project_id IS 'Unique project identifier (repo name or path hash)';

COMMENT ON COLUMN public.onextree_snapshots.tree_structure IS 'Complete tree, put together when it is selected';

COMMENT ON COLUMN public.onextree_snapshots.tree_hash IS 'SHA256 hash of tree structure for change detection';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_data IS 'Intelligence data from Archon patterns and analysis';

COMMENT ON COLUMN public.onextree_snapshots.version IS 'Snapshot version number for incremental updates';

COMMENT ON COLUMN public.onextree_snapshots.parent_snapshot_id IS 'Reference to previous snapshot for diff tracking';

COMMENT ON COLUMN public.onextree_snapshots.expires_at IS 'When retention may delete the version; the newest of a project is never deleted';

COMMENT ON COLUMN public.onextree_snapshots.is_pinned IS 'Retention never deletes a pinned version';

COMMENT ON COLUMN public.onextree_snapshots.run_id IS 'The Dagster run that stored the version; null where something else did';

COMMENT ON COLUMN public.onextree_snapshots.is_reconciled IS 'Whether a scan of all files has seen this version; false for one that is the version before and the paths that were named, until then';

COMMENT ON COLUMN public.onextree_snapshots.id IS 'The snapshot';

COMMENT ON COLUMN public.onextree_snapshots.project_root IS 'Where it was scanned';

COMMENT ON COLUMN public.onextree_snapshots.total_files IS 'Entries of the tree';

COMMENT ON COLUMN public.onextree_snapshots.total_directories IS 'Directories of the tree';

COMMENT ON COLUMN public.onextree_snapshots.total_size_bytes IS 'Bytes of its files';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_sources IS 'Who told enrichment_data: local, archon';

COMMENT ON COLUMN public.onextree_snapshots.is_enriched IS 'Whether it was enriched after it was stored';

COMMENT ON COLUMN public.onextree_snapshots.generation_time_ms IS 'Milliseconds that the scan took';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_time_ms IS 'Milliseconds that the enrichment took';

COMMENT ON COLUMN public.onextree_snapshots.created_at IS 'When it was stored';

COMMENT ON COLUMN public.onextree_snapshots.updated_at IS 'When anything of it was changed last';

COMMENT ON COLUMN public.onextree_snapshots.commit_id IS 'Commit that was checked out';

COMMENT ON COLUMN public.onextree_snapshots.branch IS 'Branch that was checked out';

COMMENT ON COLUMN public.onextree_snapshots.is_dirty IS 'Whether the work tree had uncommitted changes';

COMMENT ON COLUMN public.onextree_snapshots.trigger_type IS 'manual, scheduled, event or import';

UPDATE public.onextree_alembic_version SET version_num='020_incremental_versions' WHERE public.onextree_alembic_version.version_num = '021_remote_projects';

COMMIT;
