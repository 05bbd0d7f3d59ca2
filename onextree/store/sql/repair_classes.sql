WITH closed AS (
    UPDATE onextree.closed_entries e SET class_id = NULL
    WHERE project_key = %(project_key)s
      AND NOT EXISTS (SELECT FROM onextree.file_classes c WHERE c.class_id = e.class_id)
)
UPDATE onextree.current_entries e SET class_id = NULL
WHERE project_key = %(project_key)s
  AND NOT EXISTS (SELECT FROM onextree.file_classes c WHERE c.class_id = e.class_id)
