-- At most one version a project waits: the newest that somebody asked for.
INSERT INTO onextree.enrichment_queue (project_key, version, reason, is_forced)
VALUES (%(project_key)s, %(version)s, %(reason)s, %(is_forced)s)
ON CONFLICT (project_key) DO UPDATE
SET version = greatest(enrichment_queue.version, excluded.version), reason = excluded.reason,
    is_forced = enrichment_queue.is_forced OR excluded.is_forced,
    attempts = 0, not_before = excluded.not_before, queued_at = excluded.queued_at
