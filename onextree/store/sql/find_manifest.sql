SELECT snapshot_id, version, reading_version, made_at, counts
FROM onextree.stamp_manifests WHERE project_key = %(project_key)s
