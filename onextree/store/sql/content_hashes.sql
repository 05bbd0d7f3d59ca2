-- Content hashes of bytes, by their BLAKE3: of what was read for its stamps, given, or written.
SELECT digest, content_hash FROM onextree.stamp_contents WHERE digest = ANY(%(digests)b)
UNION ALL
SELECT blake3, content_hash FROM onextree.stamps WHERE blake3 = ANY(%(digests)b)
UNION ALL
SELECT stamped_blake3, content_hash FROM onextree.stamps WHERE stamped_blake3 = ANY(%(digests)b)
