SELECT path, digest, content_hash, state, form, uid, stamp_hash, sidecar_path
FROM onextree.stamp_manifest
WHERE project_key = %(project_key)s AND state = 'mismatched'
ORDER BY path LIMIT %(most)s
