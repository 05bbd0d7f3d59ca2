-- An unchanged tree: the project is verified, its newest version lives on and is reconciled. A tree
-- that was imported tells nothing of HEAD.
WITH verified AS (
    UPDATE onextree.projects
    SET verified_at = %(scanned_at)s,
        head_commit = CASE WHEN %(is_scan)s THEN %(commit_id)s ELSE head_commit END,
        head_branch = CASE WHEN %(is_scan)s THEN %(branch)s ELSE head_branch END
    WHERE project_key = %(project_key)s
), fulfilled AS (
    DELETE FROM onextree.update_requests
    WHERE project_key = %(project_key)s AND changed_at <= %(scanned_at)s AND %(is_scan)s
)
UPDATE onextree.versions
SET expires_at = now() + make_interval(days => %(retention_days)s),
    is_reconciled = is_reconciled OR %(is_scan)s
WHERE id = %(snapshot_id)s
