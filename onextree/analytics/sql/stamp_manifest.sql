-- Which file of a project carries which stamp.
SELECT path, state, form, uid, stamp_hash, content_hash, blake3, sidecar_path, stamp_id::text
FROM public.onextree_stamp_manifest
WHERE project_id = %(project_id)s
ORDER BY path
