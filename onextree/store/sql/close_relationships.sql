-- What no version had that is left, as what the same version has found before, is not of the
-- history.
WITH gone AS MATERIALIZED (
    SELECT r.ctid AS place,
           EXISTS (SELECT FROM onextree.versions v WHERE v.project_key = %(project_key)s
                   AND v.version >= r.v_from AND v.version < %(version)s) AS is_past
    FROM unnest(%(sources)s::text[], %(targets)s::text[]) AS g (source, target)
    CROSS JOIN LATERAL (
        SELECT ctid, v_from FROM onextree.relationships
        WHERE project_key = %(project_key)s AND v_to IS NULL
          AND source = g.source AND target = g.target
        LIMIT 1
    ) AS r
), replaced AS (
    DELETE FROM onextree.relationships r USING gone WHERE r.ctid = gone.place AND NOT gone.is_past
)
UPDATE onextree.relationships r SET v_to = %(version)s
FROM gone WHERE r.ctid = gone.place AND gone.is_past
