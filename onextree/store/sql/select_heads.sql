-- Where HEAD of each registered project was when it was scanned last, if it had one;
-- those of remote repositories are on their servers.
SELECT p.project_id, p.project_root, p.head_commit, p.head_branch
FROM onextree.projects p
WHERE p.removed_at IS NULL AND NOT p.is_remote
  AND (p.head_commit IS NOT NULL OR p.head_branch IS NOT NULL)
  AND (%(project_id)s::text IS NULL OR p.project_id = %(project_id)s)
ORDER BY p.project_id
