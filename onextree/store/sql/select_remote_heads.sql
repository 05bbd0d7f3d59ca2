-- Where HEAD, or the branch, of each registered remote repository was when it was scanned last.
SELECT p.project_id, p.project_root, p.remote_branch, p.credential, p.head_commit, p.head_branch
FROM onextree.projects p
WHERE p.removed_at IS NULL AND p.is_remote AND p.head_commit IS NOT NULL
ORDER BY p.project_id
