-- Those of some paths that are files of a version which can carry a stamp.
SELECT n.path, e.size, e.digest
FROM unnest(%(paths)s::text[], %(dirs)s::text[], %(names)s::text[]) AS n (path, dir, name)
CROSS JOIN LATERAL (
    SELECT kind, size, digest FROM onextree.entries
    WHERE project_key = %(project_key)s AND dir = n.dir AND name = n.name
      AND v_from <= %(version)s AND v_to > %(version)s
    LIMIT 1
) AS e
WHERE e.kind IN ('f', 'x')
