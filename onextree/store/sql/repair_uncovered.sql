DELETE FROM onextree.closed_entries c
WHERE c.project_key = %(project_key)s
  AND NOT EXISTS (
      SELECT FROM onextree.versions v
      WHERE v.project_key = c.project_key AND v.version >= c.v_from AND v.version < c.v_to
  )
