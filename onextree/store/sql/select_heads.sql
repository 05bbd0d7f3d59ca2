-- Where HEAD of each registered project with a version was when it was scanned last.
SELECT p.project_id, p.project_root, p.head_commit, p.head_branch
FROM onextree.projects p
WHERE p.removed_at IS NULL AND p.last_version > 0
ORDER BY p.project_id
