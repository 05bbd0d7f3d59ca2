SELECT class_id, language, category, rule
FROM onextree.file_classes
