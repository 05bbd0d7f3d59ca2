-- Every path that some versions of a project changed.
SELECT version, change, path, changed_at, commit_id, branch, trigger_type, run_id
FROM public.onextree_changes
WHERE project_id = %(project_id)s AND version BETWEEN %(from_version)s AND %(to_version)s
ORDER BY version, path
