-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 018_entries_of_any_version -> 019_update_requests

CREATE TABLE onextree.update_requests (
    project_key integer PRIMARY KEY REFERENCES onextree.projects ON DELETE CASCADE,
    reason text NOT NULL CHECK (reason IN ('commit', 'requested', 'stale')),
    commit_id varchar(64),
    branch text,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    requested_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    not_before timestamptz NOT NULL
);

CREATE INDEX ON onextree.update_requests (not_before);

ALTER TABLE onextree.projects ADD COLUMN head_commit varchar(64), ADD COLUMN head_branch text;

UPDATE onextree.projects p SET head_commit = v.commit_id, head_branch = v.branch
FROM (
    SELECT DISTINCT ON (project_key) project_key, commit_id, branch
    FROM onextree.versions ORDER BY project_key, version DESC
) AS v
WHERE v.project_key = p.project_key;

COMMENT ON TABLE onextree.update_requests IS 'Projects that are to be scanned, at most one request each; a scan that began after it was made fulfils it';

COMMENT ON COLUMN onextree.update_requests.commit_id IS 'Where HEAD was seen; null for other reasons';

COMMENT ON COLUMN onextree.update_requests.branch IS 'The branch that was checked out there';

COMMENT ON COLUMN onextree.update_requests.attempts IS 'How often somebody has taken it';

COMMENT ON COLUMN onextree.update_requests.requested_at IS 'The first request of a batch';

COMMENT ON COLUMN onextree.update_requests.changed_at IS 'The last request of a batch';

COMMENT ON COLUMN onextree.update_requests.not_before IS 'When it may be taken: when no other came for a while, or the first has waited long enough; whoever takes it moves this ahead';

COMMENT ON COLUMN onextree.projects.head_commit IS 'Where HEAD was at the last scan; null without git';

COMMENT ON COLUMN onextree.projects.head_branch IS 'The branch that was checked out there';

UPDATE public.onextree_alembic_version SET version_num='019_update_requests' WHERE public.onextree_alembic_version.version_num = '018_entries_of_any_version';

COMMIT;
