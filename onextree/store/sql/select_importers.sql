SELECT source, target, line, kind FROM (
    SELECT source, target, line, kind FROM onextree.relationships
    WHERE project_key = %(project_key)s AND v_to IS NULL AND v_from <= %(version)s
      AND target = ANY(%(paths)s::text[])
    UNION ALL
    SELECT source, target, line, kind FROM onextree.relationships
    WHERE project_key = %(project_key)s AND v_to > %(version)s AND v_from <= %(version)s
      AND target = ANY(%(paths)s::text[])
) AS r
ORDER BY source, target LIMIT %(most)s
