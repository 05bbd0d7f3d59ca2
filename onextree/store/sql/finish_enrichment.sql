-- Unless a later version was queued meanwhile.
DELETE FROM onextree.enrichment_queue
WHERE project_key = %(project_key)s AND version <= %(version)s
