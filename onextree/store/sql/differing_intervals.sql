-- Whatever is not the same in two versions, by the intervals that have one of them and not the other.
WITH a AS (
    SELECT dir, name, directory, kind, size, digest FROM onextree.entries
    WHERE project_key = %(project_key)s AND v_from <= %(before)s AND v_to > %(before)s
      AND NOT (v_from <= %(after)s AND v_to > %(after)s)
), b AS (
    SELECT dir, name, directory, kind, size, digest FROM onextree.entries
    WHERE project_key = %(project_key)s AND v_from <= %(after)s AND v_to > %(after)s
      AND NOT (v_from <= %(before)s AND v_to > %(before)s)
)
SELECT CASE WHEN dir = '' THEN name ELSE coalesce(a.directory, b.directory) || '/' || name END,
       a.kind, a.size, a.digest, b.kind, b.size, b.digest
FROM a FULL JOIN b USING (dir, name)
WHERE (a.kind, a.size, a.digest) IS DISTINCT FROM (b.kind, b.size, b.digest)
