SELECT id
FROM document_layout.onextree_snapshots
WHERE project_id = %(project_id)s
ORDER BY created_at DESC
LIMIT 1
