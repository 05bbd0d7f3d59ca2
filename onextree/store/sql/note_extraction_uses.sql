UPDATE onextree.extractions e SET used_on = current_date
FROM (
    SELECT e.digest, e.language
    FROM unnest(%(digests)s::bytea[], %(languages)s::text[]) AS u (digest, language)
    JOIN onextree.extractions e USING (digest, language)
    FOR UPDATE OF e SKIP LOCKED
) AS u
WHERE e.digest = u.digest AND e.language = u.language
