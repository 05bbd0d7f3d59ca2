-- Files of registered projects whose stamps name another hash than that of their content: the first
-- of each project, and how many it has.
SELECT project_id, number, path, digest, content_hash, state, form, uid, stamp_hash, sidecar_path
FROM (
    SELECT p.project_id, m.*,
           count(*) OVER (PARTITION BY m.project_key) AS number,
           row_number() OVER (PARTITION BY m.project_key ORDER BY m.path) AS place
    FROM onextree.stamp_manifest m
    JOIN onextree.projects p USING (project_key)
    WHERE m.state = 'mismatched' AND p.removed_at IS NULL
) AS found
WHERE place <= %(most)s
ORDER BY project_id, path
