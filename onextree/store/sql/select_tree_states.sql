-- Registered projects by id, or by a root on a file system, each with its newest version and what
-- becomes another one whenever anything that is told of that version does.
SELECT p.project_key, p.project_id, p.project_root, p.last_version, p.verified_at, p.created_at,
       p.removed_at, p.is_remote, p.remote_branch, p.credential, clock_timestamp() AS read_at,
       v.id, v.version, v.created_at, v.tree_hash, v.is_enriched, v.enrichment_sources,
       v.commit_id, v.run_id, v.written, a.id
FROM onextree.projects p
LEFT JOIN LATERAL (
    SELECT id, version, created_at, tree_hash, is_enriched, enrichment_sources, commit_id, run_id,
           xmin::text AS written
    FROM onextree.versions
    WHERE project_id = p.project_id ORDER BY version DESC LIMIT 1
) AS v ON true
LEFT JOIN LATERAL (
    SELECT id FROM onextree.analyses
    WHERE project_key = p.project_key ORDER BY version DESC LIMIT 1
) AS a ON v.id IS NOT NULL
WHERE p.removed_at IS NULL
  AND (p.project_id = ANY(%(project_ids)s::text[])
       OR (NOT p.is_remote AND p.project_root = ANY(%(roots)s::text[])))
ORDER BY p.project_id
