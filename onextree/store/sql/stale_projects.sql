-- Registered projects that were not verified for a while, and the failure since then.
SELECT p.project_id, p.verified_at, p.created_at,
       f.error_code, f.message, f.run_id
FROM onextree.projects p
LEFT JOIN onextree.project_failures f
    ON f.project_key = p.project_key AND f.failed_at > coalesce(p.verified_at, '-infinity')
WHERE p.removed_at IS NULL
  AND coalesce(p.verified_at, p.created_at) < now() - make_interval(secs => %(age)s)
ORDER BY p.verified_at NULLS FIRST, p.project_id
