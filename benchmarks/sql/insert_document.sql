INSERT INTO document_layout.onextree_snapshots (
    project_id, project_root, tree_structure, tree_hash,
    total_files, total_directories, total_size_bytes, generation_time_ms,
    version, parent_snapshot_id, expires_at
) VALUES (
    %(project_id)s, %(project_root)s, %(tree_structure)s::jsonb, %(tree_hash)s,
    %(total_files)s, %(total_directories)s, %(total_size_bytes)s, %(generation_time_ms)s,
    %(version)s, %(parent_snapshot_id)s, %(expires_at)s
)
RETURNING id
