INSERT INTO onextree.extractions (digest, language, extraction_version, facts)
SELECT digest, language, %(extraction_version)s, facts
FROM unnest(%(digests)s::bytea[], %(languages)s::text[], %(facts)s::bytea[])
    AS n (digest, language, facts)
ORDER BY digest, language
ON CONFLICT (digest, language) DO UPDATE
SET extraction_version = excluded.extraction_version, used_on = current_date,
    facts = excluded.facts
