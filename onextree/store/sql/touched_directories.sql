-- What the digests of some directories of the newest version are made of, packed and in the order in
-- which they hash it: see docs/tree-hash.md.
SELECT d.dir, r.packed
FROM unnest(%(dirs)s::text[]) AS d (dir)
CROSS JOIN LATERAL (
    SELECT string_agg(convert_to(kind || ' ' || name, 'UTF8') || '\x00' || digest, '') AS packed
    FROM (
        SELECT name, coalesce(digest, decode(repeat('00', 32), 'hex')) AS digest,
               CASE WHEN digest IS NULL AND kind IN ('f', 'x') THEN 'u' ELSE kind::text END AS kind
        FROM onextree.current_entries WHERE project_key = %(project_key)s AND dir = d.dir
        UNION ALL
        SELECT name, digest, 'd'
        FROM onextree.current_directories WHERE project_key = %(project_key)s AND parent = d.dir
        ORDER BY name
    ) AS rows
) AS r
