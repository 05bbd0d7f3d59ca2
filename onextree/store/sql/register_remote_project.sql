-- One that was removed with its history kept is taken up again. A branch or credential that is given
-- replaces the one before.
INSERT INTO onextree.projects AS p (project_id, project_root, is_remote, remote_branch, credential)
VALUES (%(project_id)s, %(project_root)s, true, %(remote_branch)s, %(credential)s)
ON CONFLICT (project_id) DO UPDATE
SET removed_at = NULL,
    remote_branch = coalesce(excluded.remote_branch, p.remote_branch),
    credential = coalesce(excluded.credential, p.credential)
WHERE p.is_remote AND p.project_root = excluded.project_root
  AND (p.removed_at IS NOT NULL
       OR p.remote_branch IS DISTINCT FROM coalesce(excluded.remote_branch, p.remote_branch)
       OR p.credential IS DISTINCT FROM coalesce(excluded.credential, p.credential))
