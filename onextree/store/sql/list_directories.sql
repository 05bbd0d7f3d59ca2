-- Names of the directories in a directory at a version: each step finds the next directory by its
-- key, behind all that lies in the one before.
WITH RECURSIVE walk (dir, rest) AS (
    (
        SELECT dir, CASE WHEN starts_with(directory, %(start)s) THEN substr(directory, %(begin)s) END
        FROM onextree.entries
        WHERE project_key = %(project_key)s AND v_from <= %(version)s AND v_to > %(version)s
          AND (is_current OR NOT %(is_newest)s)
          AND dir > %(least)s AND dir < %(beyond)s
        ORDER BY dir LIMIT 1
    )
    UNION ALL
    SELECT next.*
    FROM walk CROSS JOIN LATERAL (
        SELECT dir, CASE WHEN starts_with(directory, %(start)s) THEN substr(directory, %(begin)s) END
        FROM onextree.entries
        WHERE project_key = %(project_key)s AND v_from <= %(version)s AND v_to > %(version)s
          AND (is_current OR NOT %(is_newest)s)
          AND dir >= CASE
              WHEN %(is_sure)s AND strpos(walk.rest, '/') > 0
              THEN %(start)s || split_part(walk.rest, '/', 1) || '0'
              ELSE walk.dir || E'\x01' END
          AND dir < %(beyond)s
        ORDER BY dir LIMIT 1
    ) AS next
)
SELECT DISTINCT split_part(rest, '/', 1) COLLATE "C" AS name
FROM walk
WHERE rest <> '' AND split_part(rest, '/', 1) COLLATE "C" > %(after)s
ORDER BY name
LIMIT %(most)s
