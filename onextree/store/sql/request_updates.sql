-- Projects are to be scanned when no further request came for a while, or the first has waited long
-- enough. To be told of the same commit once more changes nothing, nor does a tree that is only old.
INSERT INTO onextree.update_requests AS r (project_key, reason, commit_id, branch, not_before)
SELECT p.project_key, %(reason)s, c.commit_id, c.branch,
       now() + make_interval(secs => %(window)s)
FROM unnest(%(project_ids)s::text[], %(commits)s::text[], %(branches)s::text[])
     AS c (project_id, commit_id, branch)
JOIN onextree.projects p USING (project_id)
WHERE p.removed_at IS NULL
ORDER BY p.project_key
ON CONFLICT (project_key) DO UPDATE
SET reason = excluded.reason, commit_id = excluded.commit_id, branch = excluded.branch,
    attempts = 0, changed_at = now(),
    requested_at = CASE WHEN r.attempts > 0 THEN now() ELSE r.requested_at END,
    not_before = least(
        now() + make_interval(secs => %(window)s),
        CASE WHEN r.attempts > 0 THEN now() ELSE r.requested_at END
            + make_interval(secs => %(longest)s)
    )
WHERE excluded.reason = 'requested' OR excluded.reason = 'commit'
  AND (r.commit_id, r.branch) IS DISTINCT FROM (excluded.commit_id, excluded.branch)
