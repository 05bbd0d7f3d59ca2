-- What no version had that is left, as what the same version has found before, is not of the
-- history.
WITH gone AS MATERIALIZED (
    SELECT f.ctid AS place,
           EXISTS (SELECT FROM onextree.versions v WHERE v.project_key = %(project_key)s
                   AND v.version >= f.v_from AND v.version < %(version)s) AS is_past
    FROM unnest(%(keys)s::bytea[]) AS g (key)
    CROSS JOIN LATERAL (
        SELECT ctid, v_from FROM onextree.findings
        WHERE project_key = %(project_key)s AND v_to IS NULL AND key = g.key
        LIMIT 1
    ) AS f
), replaced AS (
    DELETE FROM onextree.findings f USING gone WHERE f.ctid = gone.place AND NOT gone.is_past
)
UPDATE onextree.findings f SET v_to = %(version)s
FROM gone WHERE f.ctid = gone.place AND gone.is_past
