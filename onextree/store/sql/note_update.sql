-- Named files were looked at and are as they were: their request is fulfilled, all others of the
-- project are still to be looked at.
WITH updated AS (
    UPDATE onextree.projects
    SET updated_at = %(scanned_at)s, head_commit = %(commit_id)s, head_branch = %(branch)s
    WHERE project_key = %(project_key)s
)
INSERT INTO onextree.update_requests AS r (project_key, reason, not_before)
VALUES (%(project_key)s, 'reconcile', now() + make_interval(secs => %(reconcile_after)s))
ON CONFLICT (project_key) DO UPDATE
SET reason = excluded.reason, commit_id = NULL, branch = NULL, paths = ARRAY[]::text[],
    attempts = 0, requested_at = now(), changed_at = now(), not_before = excluded.not_before
WHERE r.changed_at <= %(scanned_at)s
