-- The newest version is enriched, so nothing of the project is left to be; of an older one, it is.
DELETE FROM onextree.enrichment_queue
WHERE project_key = %(project_key)s
  AND (%(is_forced)s OR NOT is_forced)
  AND NOT EXISTS (SELECT FROM onextree.versions
                  WHERE project_key = %(project_key)s AND version > %(version)s)
