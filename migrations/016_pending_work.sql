-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 015_compact_entries -> 016_pending_work

ALTER TABLE onextree.versions ADD COLUMN run_id text;

DROP TRIGGER refuse_change ON onextree.versions;

CREATE TABLE onextree.pending_materialisations (
    project_key integer NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_key, version),
    FOREIGN KEY (project_key, version)
        REFERENCES onextree.versions (project_key, version) ON DELETE CASCADE
);

CREATE TABLE onextree.enrichment_queue (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    version integer NOT NULL,
    reason text NOT NULL CHECK (reason IN ('generated', 'accessed', 'requested')),
    is_forced boolean NOT NULL DEFAULT false,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    not_before timestamptz NOT NULL DEFAULT now(),
    queued_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE onextree.project_failures (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    run_id text NOT NULL,
    error_code text NOT NULL,
    message text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now()
);

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
       run_id
FROM onextree.versions;

CREATE TRIGGER refuse_change BEFORE UPDATE OF
    id, project_root, version, tree_hash, total_files, total_directories, total_size_bytes,
    generation_time_ms, commit_id, branch, is_dirty, is_mixed, trigger_type, unreadable_files,
    skipped_files, paths_added, paths_modified, paths_removed, created_at, run_id
    ON onextree.versions
    FOR EACH ROW WHEN (current_setting('onextree.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION onextree.refuse_change();

CREATE INDEX ON onextree.enrichment_queue (not_before);

COMMENT ON COLUMN onextree.versions.run_id IS 'The Dagster run that stored the version; null where something else did';

COMMENT ON COLUMN public.onextree_snapshots.run_id IS 'The Dagster run that stored the version; null where something else did';

COMMENT ON TABLE onextree.pending_materialisations IS 'Versions that Dagster was not told of yet';

COMMENT ON TABLE onextree.enrichment_queue IS 'What is to be enriched, at most one version a project';

COMMENT ON TABLE onextree.project_failures IS 'The last run that failed for a project; it is over when the project was verified since';

COMMENT ON COLUMN onextree.enrichment_queue.attempts IS 'How often somebody has taken it';

COMMENT ON COLUMN onextree.enrichment_queue.not_before IS 'When it may be taken next; whoever takes it moves this ahead, so that it comes up again if it is not done by then';

UPDATE public.onextree_alembic_version SET version_num='016_pending_work' WHERE public.onextree_alembic_version.version_num = '015_compact_entries';

COMMIT;
