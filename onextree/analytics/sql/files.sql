-- Every file of a version, sorted by path.
SELECT path, directory, name, extension, kind, size_bytes, blake3, language, category,
       changed_in_version
FROM public.onextree_files_at(%(project_id)s, %(version)s)
ORDER BY path COLLATE "C"
