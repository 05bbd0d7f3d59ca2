INSERT INTO onextree.stamp_manifests AS m (
    project_key, snapshot_id, version, reading_version, counts)
VALUES (%(project_key)s, %(snapshot_id)s, %(version)s, %(reading_version)s, %(counts)s::text::jsonb)
ON CONFLICT (project_key) DO UPDATE
SET snapshot_id = excluded.snapshot_id, version = excluded.version,
    reading_version = excluded.reading_version, made_at = excluded.made_at,
    counts = excluded.counts
