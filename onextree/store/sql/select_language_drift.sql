-- What each stored version was written in.
SELECT v.version, v.created_at, l.language, l.files, l.size AS size_bytes
FROM onextree.versions v
CROSS JOIN LATERAL jsonb_to_recordset(
    coalesce(v.enrichment_data -> 'statistics' -> 'languages', '[]')
) AS l (language text, files bigint, size bigint)
WHERE v.project_key = %(project_key)s
  AND v.created_at >= coalesce(%(since)s::timestamptz, '-infinity')
ORDER BY v.version, l.size DESC, l.language COLLATE "C"
