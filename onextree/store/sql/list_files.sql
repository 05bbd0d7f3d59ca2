-- Entries of a directory at a version, by their names.
SELECT directory, name, kind, size, digest, class_id, v_from
FROM onextree.entries
WHERE project_key = %(project_key)s AND dir = %(dir)s AND name > %(after)s
  AND v_from <= %(version)s AND v_to > %(version)s
  AND (is_current OR NOT %(is_newest)s)
ORDER BY dir, name
LIMIT %(most)s
