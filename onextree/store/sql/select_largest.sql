-- The largest files of a version.
SELECT directory, name, kind, size, digest, class_id, v_from
FROM onextree.entries
WHERE project_key = %(project_key)s AND v_from <= %(version)s AND v_to > %(version)s
  AND (is_current OR NOT %(is_newest)s)
ORDER BY size DESC, dir, name
LIMIT %(most)s
