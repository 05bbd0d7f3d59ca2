-- Those that a version is the first not to have.
SELECT source, target FROM onextree.relationships
WHERE project_key = %(project_key)s AND v_to = %(version)s
