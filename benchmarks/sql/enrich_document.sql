UPDATE document_layout.onextree_snapshots
SET enrichment_data = %(data)s, enrichment_sources = %(sources)s,
    is_enriched = true, enrichment_time_ms = %(time_ms)s
WHERE id = %(snapshot_id)s
