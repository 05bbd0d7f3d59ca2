INSERT INTO onextree.stamp_contents (digest, content_hash, reading_version, form, uid, stamp_hash)
SELECT digest, content_hash, %(reading_version)s, form, uid, stamp_hash
FROM unnest(%(digests)b::bytea[], %(content_hashes)b::bytea[], %(forms)b::text[], %(uids)b::text[],
            %(stamp_hashes)b::bytea[]) AS n (digest, content_hash, form, uid, stamp_hash)
ORDER BY digest
ON CONFLICT (digest) DO UPDATE
SET content_hash = excluded.content_hash, reading_version = excluded.reading_version,
    used_on = current_date, form = excluded.form, uid = excluded.uid,
    stamp_hash = excluded.stamp_hash
