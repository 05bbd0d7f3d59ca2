-- The versions of a project without what is long, the newest first.
SELECT version, id AS snapshot_id, tree_hash, total_files, total_size_bytes,
       cardinality(paths_added) AS added, cardinality(paths_modified) AS modified,
       cardinality(paths_removed) AS removed,
       commit_id, branch, is_dirty, trigger_type, is_enriched, is_pinned, created_at, expires_at
FROM onextree.versions
WHERE project_id = %(project_id)s
ORDER BY version DESC
LIMIT %(most)s
