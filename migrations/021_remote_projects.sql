-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 020_incremental_versions -> 021_remote_projects

DROP TRIGGER refuse_change ON onextree.versions;

ALTER TABLE onextree.projects ADD COLUMN is_remote boolean NOT NULL DEFAULT false, ADD COLUMN remote_branch text, ADD COLUMN credential text;

ALTER TABLE onextree.versions ADD COLUMN git_tree varchar(64);

ALTER TABLE onextree.projects ADD CONSTRAINT projects_credential_check CHECK (credential ~ '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.*)$');

ALTER TABLE onextree.projects ADD CONSTRAINT projects_remote_check CHECK (is_remote OR remote_branch IS NULL AND credential IS NULL);

ALTER TABLE onextree.versions ADD CONSTRAINT versions_git_tree_check CHECK (git_tree ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');

CREATE TRIGGER refuse_change BEFORE UPDATE OF
    id, project_root, version, tree_hash, total_files, total_directories, total_size_bytes,
    generation_time_ms, commit_id, branch, is_dirty, is_mixed, trigger_type, unreadable_files,
    skipped_files, paths_added, paths_modified, paths_removed, created_at, run_id,
    git_tree
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
       is_reconciled,
       git_tree
FROM onextree.versions;

UPDATE onextree.projects SET is_remote = true WHERE project_root NOT LIKE '/%%';

COMMENT ON COLUMN onextree.projects.is_remote IS 'Whether project_root is the URL of a git repository, and not a directory';

COMMENT ON COLUMN onextree.projects.remote_branch IS 'The branch of a remote repository that is followed; null for that of the HEAD of its server';

COMMENT ON COLUMN onextree.projects.credential IS 'Where the credential for a remote repository is, env:NAME or file:/path; never the credential';

COMMENT ON COLUMN onextree.versions.git_tree IS 'Object id of the git tree of commit_id, which the version was taken of; null for versions of work trees';

COMMENT ON COLUMN public.onextree_snapshots.git_tree IS 'Object id of the git tree of commit_id, which the version was taken of; null for versions of work trees';

UPDATE public.onextree_alembic_version SET version_num='021_remote_projects' WHERE public.onextree_alembic_version.version_num = '020_incremental_versions';

COMMIT;
