-- Touches no tree data: the rows of the tree live elsewhere.
UPDATE onextree.versions
SET enrichment_data = %(data)s, enrichment_sources = %(sources)s,
    is_enriched = true, enrichment_time_ms = %(time_ms)s
WHERE id = %(snapshot_id)s
