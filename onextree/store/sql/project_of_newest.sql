-- The registered project whose newest version a snapshot is.
SELECT p.project_id
FROM onextree.versions v JOIN onextree.projects p USING (project_key)
WHERE v.id = %(snapshot_id)s AND p.removed_at IS NULL
  AND v.version = (SELECT max(version) FROM onextree.versions WHERE project_key = v.project_key)
