-- Every registered project with its newest version, what became of it lately, and what is to be done.
SELECT p.project_id, p.verified_at, p.version, p.tree_hash, p.total_files, p.total_size_bytes,
       p.commit_id, p.branch, p.is_enriched, p.changed_at,
       CASE WHEN v.is_enriched AND v.enrichment_data -> 'partial_enrichment' = 'true'
            THEN coalesce(v.enrichment_data ->> 'error_code', 'ARCHON_UNAVAILABLE')
       END AS partial_because,
       coalesce(v.enrichment_data -> 'statistics' -> 'languages', '[]') AS languages,
       coalesce(c.churn, 0) AS churn_30d,
       q.project_key IS NOT NULL AS is_queued,
       p.error_code, p.error_message
FROM public.onextree_projects p
LEFT JOIN onextree.versions v ON v.id = p.snapshot_id
LEFT JOIN (
    SELECT project_key, sum(cardinality(paths_added) + cardinality(paths_modified)
                            + cardinality(paths_removed)) AS churn
    FROM onextree.versions
    WHERE created_at > now() - interval '30 days'
    GROUP BY project_key
) AS c ON c.project_key = v.project_key
-- What was taken five times is given up.
LEFT JOIN onextree.enrichment_queue q ON q.project_key = v.project_key AND q.attempts < 5
WHERE p.removed_at IS NULL
ORDER BY p.project_id
