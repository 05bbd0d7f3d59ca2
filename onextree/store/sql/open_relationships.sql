SELECT source, target, line, kind
FROM onextree.relationships
WHERE project_key = %(project_key)s AND v_to IS NULL
