-- Where versions come from.
SELECT v.version, v.id AS snapshot_id, v.created_at, v.commit_id, v.branch, v.is_dirty,
       v.trigger_type, v.run_id, v.is_enriched,
       cardinality(v.paths_added) AS added, cardinality(v.paths_modified) AS modified,
       cardinality(v.paths_removed) AS removed,
       (SELECT max(b.version) FROM onextree.versions b
        WHERE b.project_key = v.project_key AND b.version < v.version) AS version_before,
       EXISTS (SELECT FROM onextree.pending_materialisations m
               WHERE m.project_key = v.project_key AND m.version = v.version) AS is_pending
FROM onextree.versions v
WHERE v.project_key = %(project_key)s AND v.version = ANY(%(versions)s)
