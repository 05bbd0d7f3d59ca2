-- Entries of the newest tree that were written after a version, and those that it has no more.
SELECT directory, name, kind, size, digest, class_id, v_from, is_current
FROM onextree.entries
WHERE project_key = %(project_key)s
  AND (is_current AND v_from > %(version)s OR NOT is_current AND v_to > %(version)s)
