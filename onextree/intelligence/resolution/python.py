"""Which files Python's imports lead to.

Rules of the import system (https://docs.python.org/3/reference/import.html), without its hooks:
packages with and without `__init__.py`, a package before a module of the same name, and stubs
where there is nothing else. A project has several import roots (`python_roots`). They are asked in
this order: those above the importing file, the nearest first; the others; at last the directory
of a file that is in no package, as that of a script.

An import is the project's, and unresolved where nothing is found, if one of its roots has a
package or module of the first name. A directory without `__init__.py` has only what is in it:
`docker/build.py` does not make `import docker` the project's.
"""

import sys
from collections.abc import Iterator
from typing import Final

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.directories import directory_of
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved
from onextree.intelligence.resolution.python_modules import Modules, join
from onextree.intelligence.resolution.python_roots import CONFIGS, Roots, find_roots

__all__ = ["CONFIGS", "LANGUAGES", "PythonResolver", "make_resolver"]

LANGUAGES: Final = frozenset({"Python"})


class PythonResolver:
    """Resolves the imports of one project's Python files.

    Args:
        modules: The project's.
        roots: Where absolute imports begin.
    """

    def __init__(self, modules: Modules, roots: Roots) -> None:
        self._modules = modules
        self._roots = roots

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where an import leads.

        ``from a import b`` leads to the module ``a.b`` if there is one, else to ``a``; a package
        that has no file of its own leads nowhere.

        Args:
            path: Of the file that imports.
            found: The import.
            facts: Not looked at.
        """
        directory = directory_of(path)
        if found.target.startswith("."):
            return self._relative(directory, found)
        return self._absolute(path, directory, found)

    def _relative(self, directory: str, found: Import) -> Resolved:
        module = found.target.lstrip(".")
        for _ in range(len(found.target) - len(module) - 1):
            if not directory:
                return UNRESOLVED
            directory = directory_of(directory)
        return Resolved(self._modules.find(directory, module, found.names))

    def _absolute(self, path: str, directory: str, found: Import) -> Resolved:
        top = found.target.partition(".")[0]
        for root in self._asked(directory, top):
            if targets := self._modules.find(root, found.target, found.names):
                return Resolved(targets)
        if top not in sys.stdlib_module_names:
            targets = self._beside(directory, found)
            if targets and targets != (path,):
                return Resolved(targets)
            asked = self._asked(directory, top)
            if any(self._modules.has(root, found.target, found.names) for root in asked):
                return UNRESOLVED
        return Resolved(external=top)

    def _asked(self, directory: str, top: str) -> Iterator[str]:
        """The roots that are asked for a name, in order; names of the standard library only above.

        One above that has a file for it is the last: it hides the name in all others.
        """
        for root in self._roots.above(directory):
            yield root
            if join(root, top) in self._modules.files:
                return
        if top not in sys.stdlib_module_names:
            yield from self._roots.seen(directory, top)

    def _beside(self, directory: str, found: Import) -> tuple[str, ...]:
        if directory in self._modules.packages:
            return ()
        return self._modules.find(directory, found.target, found.names)


def make_resolver(project: Project) -> PythonResolver:
    """The resolver of one project."""
    modules = Modules(project.paths)
    return PythonResolver(modules, find_roots(project, modules))
