INSERT INTO onextree.stamp_manifest (
    project_key, path_key, path, digest, content_hash, state, form, uid, stamp_hash, sidecar_path)
SELECT %(project_key)s, n.*
FROM unnest(%(path_keys)b::bytea[], %(paths)b::text[], %(digests)b::bytea[],
            %(content_hashes)b::bytea[], %(states)b::text[], %(forms)b::text[], %(uids)b::text[],
            %(stamp_hashes)b::bytea[], %(sidecar_paths)b::text[])
    AS n (path_key, path, digest, content_hash, state, form, uid, stamp_hash, sidecar_path)
ON CONFLICT (project_key, path_key) DO UPDATE
SET path = excluded.path, digest = excluded.digest, content_hash = excluded.content_hash,
    state = excluded.state, form = excluded.form, uid = excluded.uid,
    stamp_hash = excluded.stamp_hash, sidecar_path = excluded.sidecar_path
