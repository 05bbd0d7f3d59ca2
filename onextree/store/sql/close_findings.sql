-- What the same version has found before is replaced, and not of the history.
WITH gone AS MATERIALIZED (
    SELECT f.ctid AS place, f.v_from
    FROM unnest(%(keys)s::bytea[]) AS g (key)
    CROSS JOIN LATERAL (
        SELECT ctid, v_from FROM onextree.findings
        WHERE project_key = %(project_key)s AND v_to IS NULL AND key = g.key
        LIMIT 1
    ) AS f
), replaced AS (
    DELETE FROM onextree.findings f USING gone
    WHERE f.ctid = gone.place AND gone.v_from = %(version)s
)
UPDATE onextree.findings f SET v_to = %(version)s
FROM gone WHERE f.ctid = gone.place AND gone.v_from < %(version)s
