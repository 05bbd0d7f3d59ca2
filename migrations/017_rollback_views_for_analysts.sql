-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 017_views_for_analysts -> 016_pending_work

DROP FUNCTION public.onextree_files_at(text, integer);

DROP VIEW public.onextree_projects;

DROP VIEW public.onextree_files;

DROP VIEW public.onextree_directories;

DROP VIEW public.onextree_languages;

DROP VIEW public.onextree_changes;

COMMENT ON COLUMN public.onextree_snapshots.id IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.project_root IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.total_files IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.total_directories IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.total_size_bytes IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.enrichment_sources IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.is_enriched IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.generation_time_ms IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.enrichment_time_ms IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.created_at IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.updated_at IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.commit_id IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.branch IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.is_dirty IS NULL;

COMMENT ON COLUMN public.onextree_snapshots.trigger_type IS NULL;

UPDATE public.onextree_alembic_version SET version_num='016_pending_work' WHERE public.onextree_alembic_version.version_num = '017_views_for_analysts';

COMMIT;
