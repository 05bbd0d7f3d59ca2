-- What is wrong with files of a newest version, the worst first; so much of each at most.
SELECT path, rule, severity, nullif(line, 0), message, v_from FROM (
    SELECT path, rule, severity, line, message, v_from,
           row_number() OVER (
               PARTITION BY path
               ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), rule,
                        nullif(line, 0), subject
           ) AS place
    FROM onextree.findings
    WHERE project_key = %(project_key)s AND v_to IS NULL AND v_from <= %(version)s
      AND path = ANY(%(paths)s::text[])
) AS f
WHERE place <= %(most)s
ORDER BY path, place
