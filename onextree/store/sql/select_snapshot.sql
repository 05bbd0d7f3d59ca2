-- The newest version of a project, or one of its versions by number.
SELECT v.id AS snapshot_id, v.project_id, v.project_root, v.version, v.tree_hash,
       v.total_files, v.total_directories, v.total_size_bytes, v.generation_time_ms,
       v.enrichment_time_ms, v.is_enriched, v.enrichment_sources, v.enrichment_data,
       v.parent_snapshot_id, v.commit_id, v.branch, v.is_dirty, v.is_mixed, v.trigger_type,
       v.run_id, v.unreadable_files, v.skipped_files,
       v.paths_added, v.paths_modified, v.paths_removed,
       v.created_at, p.verified_at, v.expires_at, v.is_pinned, v.is_reconciled, v.git_tree
FROM onextree.versions v
JOIN onextree.projects p USING (project_key)
WHERE v.project_id = %(project_id)s
  AND v.version = coalesce(
      %(version)s::integer,
      (SELECT max(version) FROM onextree.versions WHERE project_id = %(project_id)s)
  )
