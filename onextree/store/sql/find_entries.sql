-- Entries of a version, in the order of the primary keys. What is null narrows nothing down: the
-- statement is planned with its parameters, so that nothing is left of it.
SELECT directory, name, kind, size, digest, class_id, v_from
FROM onextree.entries
WHERE project_key = %(project_key)s AND v_from <= %(version)s AND v_to > %(version)s
  AND (is_current OR NOT %(is_newest)s)
  AND (%(dir)s::text IS NULL OR dir = %(dir)s)
  AND (%(least)s::text IS NULL OR dir >= %(least)s)
  AND (%(beyond)s::text IS NULL OR dir < %(beyond)s)
  AND (%(below)s::text IS NULL OR starts_with(directory || '/', %(below)s))
  AND (%(names)s::text[] IS NULL OR name = ANY(%(names)s))
  AND (%(likes)s::text[] IS NULL OR name LIKE ANY(%(likes)s))
  AND (%(extensions)s::text[] IS NULL OR onextree.extension(name) = ANY(%(extensions)s))
  AND (%(text)s::text IS NULL
       OR strpos(CASE WHEN dir = '' THEN name ELSE directory || '/' || name END, %(text)s) > 0)
  AND (%(after_dir)s::text IS NULL OR (dir, name) > (%(after_dir)s, %(after_name)s))
ORDER BY dir, name
LIMIT %(most)s
