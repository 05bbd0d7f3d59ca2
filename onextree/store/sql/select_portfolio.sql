-- Every registered project with its newest version.
SELECT p.project_id, p.verified_at, p.version, p.tree_hash, p.total_files, p.total_size_bytes,
       p.commit_id, p.branch, p.is_enriched, p.changed_at,
       coalesce(v.enrichment_data -> 'statistics' -> 'languages', '[]') AS languages,
       p.error_code, p.error_message
FROM public.onextree_projects p LEFT JOIN onextree.versions v ON v.id = p.snapshot_id
WHERE p.removed_at IS NULL
ORDER BY p.project_id
