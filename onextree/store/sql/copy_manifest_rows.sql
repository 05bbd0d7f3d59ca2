COPY onextree.stamp_manifest (
    project_key, path_key, path, digest, content_hash, state, form, uid, stamp_hash, sidecar_path
) FROM STDIN WITH (FORMAT binary)
