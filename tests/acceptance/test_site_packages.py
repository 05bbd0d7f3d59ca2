"""Tens of thousands of real files: what this environment itself is made of."""

import os
import subprocess
import sysconfig
from pathlib import Path

from onextree.service import OnexTreeService
from tests.repositories import Repository


def test_site_packages_are_listed_as_git_lists_them(
    service: OnexTreeService, tmp_path: Path
) -> None:
    source = Path(sysconfig.get_path("purelib"))
    copy = tmp_path / "site-packages"
    # Hard links where the file system allows it: the bytes are the same.
    linked = subprocess.run(["cp", "-al", source, copy], capture_output=True, check=False)
    if linked.returncode != 0:
        subprocess.run(["cp", "-a", source, copy], check=True)
    repository = Repository.init(copy)
    project = service.add_project(copy)
    generation = service.generate(project.project_id)
    assert generation.tree.total_files > 10_000
    stored = sorted(entry.path for entry in service.files(project.project_id))
    assert stored == repository.listed()
    assert generation.tree.unreadable == generation.tree.skipped == 0
    sizes = {entry.path: entry.size for entry in generation.tree.entries}
    for path in stored[:: len(stored) // 200]:
        assert sizes[path] == os.lstat(os.fsencode(copy) + b"/" + path).st_size
