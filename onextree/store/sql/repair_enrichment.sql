UPDATE onextree.versions SET is_enriched = false WHERE id = %(snapshot_id)s
