-- What is due is taken: unless a scan fulfils it by then, it comes up again when the lease is over,
-- each time after twice as long.
WITH due AS (
    SELECT r.project_key
    FROM onextree.update_requests r JOIN onextree.projects p USING (project_key)
    WHERE r.not_before <= now() + make_interval(secs => %(ahead)s)
      AND r.attempts < %(max_attempts)s AND p.removed_at IS NULL
      AND (%(project_ids)s::text[] IS NULL OR p.project_id = ANY(%(project_ids)s))
    ORDER BY r.not_before, r.project_key LIMIT %(most)s
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE onextree.update_requests r
SET attempts = attempts + 1, not_before = now() + make_interval(secs => %(lease)s * 2 ^ attempts)
FROM due, onextree.projects p
WHERE r.project_key = due.project_key AND p.project_key = r.project_key
RETURNING p.project_id, r.reason, p.head_commit AS old_commit, r.commit_id AS new_commit,
          r.branch, r.paths, r.attempts, r.requested_at
