-- In two parts: what holds is found by an index of its own, what has ended by when it did.
SELECT source, target, line, kind FROM (
    SELECT source, target, line, kind FROM onextree.relationships
    WHERE project_key = %(project_key)s AND v_to IS NULL AND v_from <= %(version)s
    UNION ALL
    SELECT source, target, line, kind FROM onextree.relationships
    WHERE project_key = %(project_key)s AND v_to > %(version)s AND v_from <= %(version)s
) AS r
ORDER BY source, target
