-- Key files of the newest versions of which nothing could be read, by registered project; all code
-- is unread where its source is away.
SELECT p.project_id, coalesce(architecture -> 'key_files_unread', '{}') AS key_files,
       CASE WHEN (statistics ->> 'unread_files')::integer = (statistics ->> 'code_files')::integer
            THEN (statistics ->> 'code_files')::integer ELSE 0 END AS code_files
FROM public.onextree_projects p
JOIN onextree.versions v ON v.id = p.snapshot_id
CROSS JOIN LATERAL (
    SELECT v.enrichment_data -> 'architecture' AS architecture,
           v.enrichment_data -> 'statistics' AS statistics
) AS told
WHERE p.removed_at IS NULL AND v.is_enriched
  AND (architecture -> 'key_files_unread' <> '{}'
       OR (statistics ->> 'unread_files')::integer > 0
          AND statistics -> 'unread_files' = statistics -> 'code_files')
ORDER BY p.project_id
