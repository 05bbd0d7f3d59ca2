-- What the same version has found before is replaced, and not of the history.
WITH gone AS MATERIALIZED (
    SELECT r.ctid AS place, r.v_from
    FROM unnest(%(sources)s::text[], %(targets)s::text[]) AS g (source, target)
    CROSS JOIN LATERAL (
        SELECT ctid, v_from FROM onextree.relationships
        WHERE project_key = %(project_key)s AND v_to IS NULL
          AND source = g.source AND target = g.target
        LIMIT 1
    ) AS r
), replaced AS (
    DELETE FROM onextree.relationships r USING gone
    WHERE r.ctid = gone.place AND gone.v_from = %(version)s
)
UPDATE onextree.relationships r SET v_to = %(version)s
FROM gone WHERE r.ctid = gone.place AND gone.v_from < %(version)s
