-- Every row of a project's trees, in the order of the versions that wrote them.
SELECT dir, long_dir, name, kind, size, digest, class_id, v_from, NULL::integer AS v_to
FROM onextree.current_entries
WHERE project_key = %(project_key)s
UNION ALL
SELECT dir, long_dir, name, kind, size, digest, class_id, v_from, v_to
FROM onextree.closed_entries
WHERE project_key = %(project_key)s
ORDER BY v_from
