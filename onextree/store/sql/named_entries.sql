-- Those of some files that the newest version has.
SELECT n.place, e.kind, e.size, e.digest, e.class_id
FROM unnest(%(dirs)s::text[], %(names)s::text[]) WITH ORDINALITY AS n (dir, name, place)
CROSS JOIN LATERAL (
    SELECT * FROM onextree.current_entries
    WHERE project_key = %(project_key)s AND dir = n.dir AND name = n.name
    LIMIT 1
) AS e
