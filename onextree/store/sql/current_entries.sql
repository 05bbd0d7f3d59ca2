SELECT coalesce(nullif(long_dir, ''), dir), name, kind, size, digest, class_id
FROM onextree.current_entries
WHERE project_key = %(project_key)s
