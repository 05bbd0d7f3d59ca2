-- Those that a version is the first not to have.
SELECT key FROM onextree.findings WHERE project_key = %(project_key)s AND v_to = %(version)s
