-- What files of a newest version use, and who uses them; so many of each at most. Each index is
-- asked once: for a table without figures, the planner would read all of it for each path.
SELECT path, source, target, line FROM (
    SELECT source AS path, false AS is_used, source, target, line,
           row_number() OVER (PARTITION BY source ORDER BY target) AS place
    FROM onextree.relationships
    WHERE project_key = %(project_key)s AND v_to IS NULL AND v_from <= %(version)s
      AND source = ANY(%(paths)s::text[])
    UNION ALL
    SELECT target, true, source, target, line,
           row_number() OVER (PARTITION BY target ORDER BY source)
    FROM onextree.relationships
    WHERE project_key = %(project_key)s AND v_to IS NULL AND v_from <= %(version)s
      AND target = ANY(%(paths)s::text[])
) AS r
WHERE place <= %(most)s
ORDER BY path, is_used, place
