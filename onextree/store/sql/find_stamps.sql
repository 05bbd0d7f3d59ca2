SELECT namespace, content_hash, created_at
FROM unnest(%(namespaces)b::text[], %(content_hashes)b::bytea[]) AS w (namespace, content_hash)
JOIN onextree.stamps USING (content_hash, namespace)
