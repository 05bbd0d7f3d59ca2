SELECT source, target, line, kind
FROM onextree.relationships
WHERE project_key = %(project_key)s AND v_from <= %(version)s
  AND (v_to IS NULL OR v_to > %(version)s) AND target = ANY(%(paths)s::text[])
ORDER BY source, target LIMIT %(most)s
