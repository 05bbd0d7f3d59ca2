-- The contents that a path had: for each the first stored version that has it, and the first one
-- behind it that has not.
SELECT e.kind, e.size, e.digest, s.version, n.version
FROM onextree.entries e
CROSS JOIN LATERAL (
    SELECT version FROM onextree.versions
    WHERE project_key = %(project_key)s AND version >= e.v_from
    ORDER BY version LIMIT 1
) AS s
LEFT JOIN LATERAL (
    SELECT version FROM onextree.versions
    WHERE project_key = %(project_key)s AND version >= e.v_to
    ORDER BY version LIMIT 1
) AS n ON true
WHERE e.project_key = %(project_key)s AND e.dir = %(dir)s AND e.name = %(name)s
ORDER BY e.v_from
