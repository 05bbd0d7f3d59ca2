SELECT project_key, project_id, project_root, last_version, verified_at, created_at, removed_at,
       is_remote, remote_branch, credential, clock_timestamp() AS read_at
FROM onextree.projects
WHERE (%(project_id)s::text IS NULL OR project_id = %(project_id)s)
  AND (%(project_root)s::text IS NULL OR project_root = %(project_root)s)
  AND (%(with_removed)s OR removed_at IS NULL)
ORDER BY project_id
