-- Rows of a project's manifest: of some paths, or all of them.
SELECT path, digest, content_hash, state, form, uid, stamp_hash, sidecar_path
FROM onextree.stamp_manifest
WHERE project_key = %(project_key)s
  AND (%(keys)s::bytea[] IS NULL OR path_key = ANY(%(keys)s::bytea[]))
