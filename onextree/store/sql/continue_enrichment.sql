-- Only of a newest version: an older one is not worth it.
INSERT INTO onextree.enrichment_queue (project_key, version, reason, not_before)
SELECT %(project_key)s, %(version)s, 'archon', now() + make_interval(secs => %(wait)s)
WHERE NOT EXISTS (SELECT FROM onextree.versions
                  WHERE project_key = %(project_key)s AND version > %(version)s)
ON CONFLICT (project_key) DO NOTHING
