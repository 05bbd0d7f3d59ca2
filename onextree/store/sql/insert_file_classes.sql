-- Always in the same order, so that two writers wait for each other one way only.
INSERT INTO onextree.file_classes (language, category, rule)
SELECT * FROM unnest(%(languages)s::text[], %(categories)s::text[], %(rules)s::text[])
ON CONFLICT (language, category, rule) DO NOTHING
