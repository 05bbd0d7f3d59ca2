-- Directories of a project's newest version by all that is below them; the root is left out.
SELECT directory, files, size_bytes, files_below, size_bytes_below, purpose
FROM public.onextree_directories
WHERE project_id = %(project_id)s AND directory <> ''
ORDER BY size_bytes_below DESC, directory
LIMIT %(most)s
