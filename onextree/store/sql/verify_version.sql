-- An unchanged tree: the project is verified, its newest version lives on.
WITH verified AS (
    UPDATE onextree.projects
    SET verified_at = %(scanned_at)s, head_commit = %(commit_id)s, head_branch = %(branch)s
    WHERE project_key = %(project_key)s
), fulfilled AS (
    DELETE FROM onextree.update_requests
    WHERE project_key = %(project_key)s AND changed_at <= %(scanned_at)s
)
UPDATE onextree.versions
SET expires_at = now() + make_interval(days => %(retention_days)s)
WHERE id = %(snapshot_id)s
