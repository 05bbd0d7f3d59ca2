-- Registered projects with circles of imports and an analysis that found other imports than the one
-- before it.
SELECT p.project_id, p.project_key, last.version, earlier.version AS earlier_version
FROM onextree.projects p
CROSS JOIN LATERAL (
    SELECT max(version) AS version FROM onextree.analyses WHERE project_key = p.project_key
) AS last
CROSS JOIN LATERAL (
    SELECT max(version) AS version FROM onextree.analyses
    WHERE project_key = p.project_key AND version < last.version
) AS earlier
WHERE p.removed_at IS NULL AND earlier.version IS NOT NULL
  AND EXISTS (
      SELECT FROM onextree.findings f
      WHERE f.project_key = p.project_key AND f.rule = 'circular_dependency' AND f.v_to IS NULL
        AND (f.v_from = last.version
             OR EXISTS (SELECT FROM onextree.relationships r
                        WHERE r.project_key = p.project_key AND r.v_from = last.version))
  )
ORDER BY p.project_id
