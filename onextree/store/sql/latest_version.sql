-- A registered project's counter, what its last scan knew, and its newest version.
SELECT p.project_id, p.project_root, p.last_version, greatest(p.verified_at, p.updated_at),
       p.head_commit, p.head_branch, p.hashed_version,
       v.id, v.version, v.tree_hash, v.total_files, v.total_directories, v.total_size_bytes,
       v.unreadable_files, v.skipped_files, v.git_tree
FROM onextree.projects p
LEFT JOIN LATERAL (
    SELECT * FROM onextree.versions
    WHERE project_key = p.project_key
    ORDER BY version DESC LIMIT 1
) AS v ON true
WHERE p.project_key = %(project_key)s AND p.removed_at IS NULL
