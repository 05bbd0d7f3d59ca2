-- Every registered project with its newest version.
SELECT p.project_id, p.project_key, p.project_root, p.verified_at, v.version, v.tree_hash,
       v.total_files, v.total_size_bytes, v.commit_id, v.branch, v.is_enriched,
       v.created_at, coalesce(v.enrichment_data -> 'statistics' -> 'languages', '[]') AS languages,
       f.error_code, f.message
FROM onextree.projects p
LEFT JOIN LATERAL (
    SELECT *
    FROM onextree.versions
    WHERE project_key = p.project_key
    ORDER BY version DESC LIMIT 1
) AS v ON true
LEFT JOIN onextree.project_failures f
    ON f.project_key = p.project_key AND f.failed_at > coalesce(p.verified_at, '-infinity')
WHERE p.removed_at IS NULL
ORDER BY p.project_id
