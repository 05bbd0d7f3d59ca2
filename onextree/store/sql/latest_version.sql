-- A registered project's counter, when it was verified, and its newest version.
SELECT p.project_id, p.project_root, p.last_version, p.verified_at,
       v.id, v.version, v.tree_hash, v.total_files
FROM onextree.projects p
LEFT JOIN LATERAL (
    SELECT id, version, tree_hash, total_files
    FROM onextree.versions
    WHERE project_key = p.project_key
    ORDER BY version DESC LIMIT 1
) AS v ON true
WHERE p.project_key = %(project_key)s AND p.removed_at IS NULL
