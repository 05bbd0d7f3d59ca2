-- Findings of each stored version by severity, the worst first.
SELECT v.version, v.created_at, f.severity, count(*) AS findings
FROM public.onextree_snapshots v
JOIN public.onextree_findings f
  ON f.project_id = v.project_id AND f.first_seen_version <= v.version
 AND (f.resolved_in_version IS NULL OR f.resolved_in_version > v.version)
WHERE v.project_id = %(project_id)s AND v.version BETWEEN %(from_version)s AND %(to_version)s
GROUP BY v.version, v.created_at, f.severity
ORDER BY v.version, array_position(ARRAY['critical', 'high', 'medium', 'low'], f.severity)
