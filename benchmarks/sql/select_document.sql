-- A version as the public view shows it: the row that the document layout would hold.
SELECT project_id, project_root, tree_structure::text AS tree_structure, tree_hash,
       total_files, total_directories, total_size_bytes, generation_time_ms, version, expires_at
FROM public.onextree_snapshots
WHERE id = %(snapshot_id)s
