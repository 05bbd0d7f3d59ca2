COPY onextree.current_entries (project_key, v_from, size, kind, dir, name, digest, long_dir, class_id)
FROM STDIN (FORMAT binary)
