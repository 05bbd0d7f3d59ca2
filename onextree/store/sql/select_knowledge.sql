-- What the enrichment of a version says of directories, and of all of it.
WITH said AS MATERIALIZED (
    SELECT enrichment_data -> 'directory_purposes' AS purposes,
           enrichment_data -> 'architectural_patterns' AS patterns
    FROM onextree.versions
    WHERE id = %(snapshot_id)s
)
SELECT coalesce(
           (SELECT array_agg(p.pattern ->> 'name' ORDER BY p.number)
            FROM jsonb_array_elements(
                CASE jsonb_typeof(said.patterns) WHEN 'array' THEN said.patterns ELSE '[]'::jsonb END
            ) WITH ORDINALITY AS p (pattern, number)
            WHERE p.pattern ->> 'name' IS NOT NULL),
           '{}'
       ) AS patterns,
       ARRAY(SELECT said.purposes ->> d.directory
             FROM unnest(%(directories)s::text[]) WITH ORDINALITY AS d (directory, number)
             ORDER BY d.number) AS purposes
FROM said
