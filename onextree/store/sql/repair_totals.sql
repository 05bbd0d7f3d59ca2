UPDATE onextree.versions
SET total_files = %(files)s, total_directories = %(directories)s
WHERE id = %(snapshot_id)s
