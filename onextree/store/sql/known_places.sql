-- What paths of a newest version are: the entry of a file, else whether anything lies below.
SELECT p.number, e.directory, e.name, e.kind, e.size, e.digest, e.class_id, e.v_from,
       e.name IS NULL AND EXISTS (
           SELECT FROM onextree.current_entries
           WHERE project_key = %(project_key)s
             AND (dir = p.key OR (dir >= p.least AND dir < p.beyond
                                  AND starts_with(coalesce(nullif(long_dir, ''), dir), p.path || '/')))
       ) AS is_directory
FROM unnest(
    %(paths)s::text[], %(dirs)s::text[], %(names)s::text[],
    %(keys)s::text[], %(leasts)s::text[], %(beyonds)s::text[]
) WITH ORDINALITY AS p (path, dir, name, key, least, beyond, number)
LEFT JOIN LATERAL (
    SELECT coalesce(nullif(long_dir, ''), dir) AS directory, name, kind, size, digest, class_id,
           v_from
    FROM onextree.current_entries
    WHERE project_key = %(project_key)s AND dir = p.dir AND name = p.name
    LIMIT 1
) AS e ON true
