"""The architecture of a project, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onextree.intelligence.architecture.configuration import configs as find_configs
from onextree.intelligence.architecture.configuration import key_files
from onextree.intelligence.architecture.entry_points import EntryPoint, entry_points
from onextree.intelligence.architecture.layers import Layers, layers_of
from onextree.intelligence.architecture.patterns import Pattern, patterns_of
from onextree.intelligence.architecture.sources import Sources
from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.centrality import KeyFile, key_modules
from onextree.intelligence.graph.cycles import Cycle, find_cycles

__all__ = ["Architecture", "describe_architecture"]

_CYCLES = 10
_FILES_OF_CYCLE = 20
_ENTRY_POINTS = 50
_OF_LAYERS = 50


@dataclass(frozen=True)
class Architecture:
    """What is known of a project as a whole.

    Attributes:
        base: The code that it was found in.
        patterns: Sorted by name.
        layers: See `onextree.intelligence.architecture.layers.find_layers`.
        cycles: Sorted.
        key_modules: What most hangs on, first.
        entry_points: See `entry_points`.
        configs: Paths.
        key_files: Paths of those to ask about first.
    """

    base: CodeBase
    patterns: Sequence[Pattern]
    layers: Layers
    cycles: Sequence[Cycle]
    key_modules: Sequence[KeyFile]
    entry_points: Sequence[EntryPoint]
    configs: Sequence[str]
    key_files: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """As JSON, of bounded size: ``<list>_total`` is how many there are of a shortened list.

        Returns:
            ``{patterns, layers {basis, layers [{name, order, directories, files}],
            violations, violations_total}, cycles [{files, files_total, cut [{source, target,
            line}], cut_total, is_smallest}], cycles_total, key_modules [{path, score, imports,
            imported_by}], entry_points [{path, kind}], entry_points_total, configs, key_files,
            key_files_unread {path: why}}``. Of cycles the largest come first.
        """
        largest = sorted(self.cycles, key=lambda cycle: (-len(cycle.files), cycle.files))
        return {
            "patterns": [pattern.as_dict() for pattern in self.patterns],
            "layers": self.layers.as_dict(_OF_LAYERS),
            "cycles": [self._cycle(cycle) for cycle in largest[:_CYCLES]],
            "cycles_total": len(self.cycles),
            "key_modules": [module._asdict() for module in self.key_modules],
            "entry_points": [entry._asdict() for entry in self.entry_points[:_ENTRY_POINTS]],
            "entry_points_total": len(self.entry_points),
            "configs": list(self.configs),
            "key_files": list(self.key_files),
            "key_files_unread": self._unread(),
        }

    def _unread(self) -> dict[str, str]:
        """Key files of which nothing is known but their names."""
        numbers, files = self.base.numbers, self.base.files
        code = (files[numbers[path]] for path in self.key_files if path in numbers)
        return {file.path: file.failure for file in code if file.failure}

    def _cycle(self, cycle: Cycle) -> dict[str, Any]:
        files = self.base.files
        return {
            "files": [files[number].path for number in cycle.files[:_FILES_OF_CYCLE]],
            "files_total": len(cycle.files),
            "cut": [
                {"source": files[source].path, "target": files[target].path, "line": line}
                for source, target, line, _ in cycle.cut[:_FILES_OF_CYCLE]
            ],
            "cut_total": len(cycle.cut),
            "is_smallest": cycle.is_smallest,
        }


def describe_architecture(
    base: CodeBase, configs: Mapping[str, bytes] | None = None
) -> Architecture:
    """Everything that is told of a project's architecture.

    Args:
        configs: Contents of manifests by path, as `entry_points` takes them.
    """
    sources = Sources(base)
    layers = layers_of(sources)
    modules = key_modules(base, among=sources.files)
    entries = entry_points(base, configs)
    configured = find_configs(base)
    return Architecture(
        base=base,
        patterns=patterns_of(sources, layers),
        layers=layers,
        cycles=find_cycles(base),
        key_modules=modules,
        entry_points=entries,
        configs=configured,
        key_files=key_files(entries, configured, modules),
    )
