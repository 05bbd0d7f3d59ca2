-- Content hashes of bytes, by their BLAKE3: of what was read for its stamps, given, or written; and
-- the form of the stamp that they carry, as far as that is known. What tells more comes last.
SELECT digest, content_hash, CASE WHEN form IN ('lightweight', 'rich') THEN form END AS form
FROM onextree.stamp_contents WHERE digest = ANY(%(digests)b)
UNION ALL
SELECT blake3, content_hash, NULL FROM onextree.stamps WHERE blake3 = ANY(%(digests)b)
UNION ALL
SELECT stamped_blake3, content_hash, CASE WHEN NOT is_sidecar THEN stamp_type END
FROM onextree.stamps WHERE stamped_blake3 = ANY(%(digests)b)
ORDER BY form NULLS FIRST
