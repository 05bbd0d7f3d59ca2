-- Registered projects whose tree was not seen to be true for a while.
SELECT p.project_id, p.project_key, v.version, now() - p.verified_at AS age,
       coalesce(
           p.last_accessed_at > coalesce((v.enrichment_data ->> 'enriched_at')::timestamptz, v.created_at),
           false
       ) AS is_accessed,
       q.project_key IS NOT NULL AS is_queued
FROM onextree.projects p
JOIN LATERAL (
    SELECT version, created_at, enrichment_data
    FROM onextree.versions
    WHERE project_key = p.project_key
    ORDER BY version DESC LIMIT 1
) AS v ON true
LEFT JOIN onextree.enrichment_queue q USING (project_key)
WHERE p.removed_at IS NULL
  AND p.verified_at < now() - make_interval(secs => %(age)s)
ORDER BY p.verified_at, p.project_id
LIMIT %(most)s
