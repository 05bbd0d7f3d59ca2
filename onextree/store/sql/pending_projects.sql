-- Registered projects with versions that Dagster was not told of, the longest waiting first.
SELECT p.project_id
FROM onextree.pending_materialisations w JOIN onextree.projects p USING (project_key)
WHERE p.removed_at IS NULL
GROUP BY p.project_id
ORDER BY min(w.created_at), p.project_id
LIMIT %(most)s
