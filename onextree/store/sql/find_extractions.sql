SELECT e.digest, e.language, e.facts, e.used_on < current_date - 7 AS is_long_unused
FROM unnest(%(digests)s::bytea[], %(languages)s::text[]) AS w (digest, language)
JOIN onextree.extractions e USING (digest, language)
WHERE e.extraction_version = %(extraction_version)s
