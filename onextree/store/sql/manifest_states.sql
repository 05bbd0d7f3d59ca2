SELECT state, count(*) FROM onextree.stamp_manifest
WHERE project_key = %(project_key)s AND path_key = ANY(%(path_keys)b::bytea[])
GROUP BY state
