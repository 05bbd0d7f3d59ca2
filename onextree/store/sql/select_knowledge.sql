-- What the enrichment of a version says of one path: purposes of the directories around it,
-- the nearest first.
SELECT v.tree_hash, v.is_enriched, v.enrichment_sources,
       coalesce(
           (SELECT array_agg(p.pattern ->> 'name' ORDER BY p.number)
            FROM jsonb_array_elements(
                CASE jsonb_typeof(v.enrichment_data -> 'architectural_patterns')
                    WHEN 'array' THEN v.enrichment_data -> 'architectural_patterns'
                    ELSE '[]'::jsonb
                END
            ) WITH ORDINALITY AS p(pattern, number)
            WHERE p.pattern ->> 'name' IS NOT NULL),
           '{}'
       ) AS patterns,
       (SELECT v.enrichment_data -> 'directory_purposes' ->> d.directory
        FROM unnest(%(directories)s::text[]) WITH ORDINALITY AS d(directory, number)
        WHERE v.enrichment_data -> 'directory_purposes' ->> d.directory IS NOT NULL
        ORDER BY d.number LIMIT 1) AS directory_purpose
FROM onextree.versions v
WHERE v.id = %(snapshot_id)s
