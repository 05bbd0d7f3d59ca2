-- Files without a class, by registered project: of trees that were stored before there were classes.
SELECT p.project_id, count(*)
FROM onextree.current_entries e JOIN onextree.projects p USING (project_key)
WHERE e.class_id IS NULL AND e.kind IN ('f', 'x') AND p.removed_at IS NULL
GROUP BY p.project_id
ORDER BY p.project_id
