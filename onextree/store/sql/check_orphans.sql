-- Rows whose project is not there.
SELECT 'current_entries' AS table_name, project_key, count(*) AS rows
FROM onextree.current_entries e
WHERE NOT EXISTS (SELECT FROM onextree.projects p WHERE p.project_key = e.project_key)
GROUP BY project_key
UNION ALL
SELECT 'closed_entries', project_key, count(*)
FROM onextree.closed_entries e
WHERE NOT EXISTS (SELECT FROM onextree.projects p WHERE p.project_key = e.project_key)
GROUP BY project_key
UNION ALL
SELECT 'versions', project_key, count(*)
FROM onextree.versions v
WHERE NOT EXISTS (SELECT FROM onextree.projects p WHERE p.project_key = v.project_key)
GROUP BY project_key
