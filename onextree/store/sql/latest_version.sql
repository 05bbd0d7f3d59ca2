-- A project's counter, when it was verified, and its newest version.
SELECT p.last_version, p.verified_at, v.id, v.version, v.tree_hash, v.total_files
FROM onextree.projects p
LEFT JOIN onextree.versions v ON v.project_key = p.project_key AND v.version = p.last_version
WHERE p.project_key = %(project_key)s
