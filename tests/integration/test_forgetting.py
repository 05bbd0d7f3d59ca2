"""What nobody asks for any more is deleted, and nothing else."""

from pathlib import Path

from onextree.service import OnexTreeService
from onextree.store.database import Database


def test_facts_go_when_nobody_has_asked_for_them_in_a_month(
    service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "used.py").write_text("import os\n")
    (root / "unused.py").write_text("import sys\n")
    service.add_project(str(root), "shop")
    service.generate("shop")
    service.enrich("shop")
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.extractions SET used_on = current_date - 31")
        connection.execute(
            "INSERT INTO onextree.archon_answers VALUES ('old', '{}', now() - interval '31 days'),"
            " ('new', '{}', now() - interval '29 days')"
        )
    (root / "unused.py").write_text("import re\n")
    service.generate("shop")
    service._analyses.forget("shop")  # as another machine, which asks for what it needs
    service.enrich("shop")

    assert service.forget_facts() == 2
    with database.transaction() as connection:
        facts = connection.execute("SELECT convert_from(facts, 'UTF8') FROM onextree.extractions")
        left = "".join(text for (text,) in facts)
        answers = connection.execute("SELECT key FROM onextree.archon_answers").fetchall()
    assert ("os" in left, "sys" in left, "re" in left) == (True, False, True)
    assert answers == [("new",)]
    assert service.forget_facts() == 0
