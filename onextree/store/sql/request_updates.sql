-- Projects are to be updated when no further request came for a while, or the first has waited long
-- enough. To be told of the same commit once more changes nothing, nor does a tree that is only old.
-- Of two reasons the one that asks for more stays; too many paths are all files. Returned are those
-- projects that something new was asked for.
WITH asked AS (
    INSERT INTO onextree.update_requests AS r
        (project_key, reason, commit_id, branch, paths, correlation_id, not_before)
    SELECT p.project_key, %(reason)s, c.commit_id, c.branch,
           ARRAY(SELECT jsonb_array_elements_text(c.paths)), %(correlation_id)s,
           now() + make_interval(secs => %(window)s)
    FROM unnest(%(project_ids)s::text[], %(commits)s::text[], %(branches)s::text[], %(paths)s::jsonb[])
         AS c (project_id, commit_id, branch, paths)
    JOIN onextree.projects p USING (project_id)
    WHERE p.removed_at IS NULL
    ORDER BY p.project_key
    ON CONFLICT (project_key) DO UPDATE
    SET reason = CASE
            WHEN cardinality(r.paths || excluded.paths) > %(most_paths)s THEN 'requested'
            WHEN r.reason = 'requested' OR r.reason = 'commit' AND excluded.reason = 'files'
                THEN r.reason
            ELSE excluded.reason
        END,
        commit_id = coalesce(excluded.commit_id, r.commit_id),
        branch = CASE WHEN excluded.commit_id IS NULL THEN r.branch ELSE excluded.branch END,
        paths = CASE
            WHEN cardinality(r.paths || excluded.paths) > %(most_paths)s THEN ARRAY[]::text[]
            ELSE ARRAY(SELECT DISTINCT unnest(r.paths || excluded.paths) ORDER BY 1)
        END,
        correlation_id = coalesce(excluded.correlation_id, r.correlation_id),
        attempts = 0, changed_at = now(),
        requested_at = CASE WHEN r.attempts > 0 THEN now() ELSE r.requested_at END,
        not_before = least(
            now() + make_interval(secs => %(window)s),
            CASE WHEN r.attempts > 0 THEN now() ELSE r.requested_at END
                + make_interval(secs => %(longest)s)
        )
    WHERE excluded.reason IN ('requested', 'files') OR excluded.reason = 'commit'
      AND (r.commit_id, r.branch) IS DISTINCT FROM (excluded.commit_id, excluded.branch)
    RETURNING project_key
)
SELECT p.project_id, p.project_root FROM asked JOIN onextree.projects p USING (project_key)
ORDER BY p.project_id
