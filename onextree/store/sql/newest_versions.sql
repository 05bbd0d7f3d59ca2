-- The newest stored version of each project.
SELECT p.project_id, p.project_key, v.id, v.version, true, v.created_at
FROM onextree.projects p
CROSS JOIN LATERAL (
    SELECT id, version, created_at FROM onextree.versions
    WHERE project_id = p.project_id ORDER BY version DESC LIMIT 1
) AS v
WHERE p.project_id = ANY(%(project_ids)s)
