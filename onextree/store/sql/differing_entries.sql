-- Of some paths, those that are not the same in two versions.
SELECT c.path, a.kind, a.size, a.digest, b.kind, b.size, b.digest
FROM unnest(%(paths)s::text[], %(dirs)s::text[], %(names)s::text[]) AS c (path, dir, name)
LEFT JOIN LATERAL (
    SELECT kind, size, digest FROM onextree.entries
    WHERE project_key = %(project_key)s AND dir = c.dir AND name = c.name
      AND v_from <= %(before)s AND v_to > %(before)s
    LIMIT 1
) AS a ON true
LEFT JOIN LATERAL (
    SELECT kind, size, digest FROM onextree.entries
    WHERE project_key = %(project_key)s AND dir = c.dir AND name = c.name
      AND v_from <= %(after)s AND v_to > %(after)s
    LIMIT 1
) AS b ON true
WHERE (a.kind, a.size, a.digest) IS DISTINCT FROM (b.kind, b.size, b.digest)
