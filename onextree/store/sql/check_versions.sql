SELECT version, id AS snapshot_id, project_id, tree_hash,
       total_files, total_directories, total_size_bytes, parent_snapshot_id,
       paths_added, paths_modified, paths_removed, is_enriched, enrichment_sources
FROM onextree.versions
WHERE project_key = %(project_key)s
ORDER BY version
