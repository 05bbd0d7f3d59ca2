"""The language of a file, from GitHub linguist's tables (through go-enry).

Linguist asks, in this order: modeline, file name, shebang, extension, XML header, content. The
same is asked here, but of Go only what cannot be remembered: it is asked once per extension, once
per file name that an extension does not settle, once per shebang and modeline, and with content
only where an extension belongs to several languages.

Go's runtime is loaded with the first `Languages`. A process that has it must not fork without
executing another program.
"""

import re
from typing import Any, NamedTuple, TypeVar

__all__ = ["BINARY_LIMIT", "HEAD_LIMIT", "NEAR", "Answer", "Languages", "NoLanguages"]

HEAD_LIMIT = 16 * 1024
"""Bytes of content that a classification looks at, at most."""

NEAR = 256
"""Bytes in which a modeline is looked for."""

BINARY_LIMIT = 8000
"""Bytes among which a NUL makes a file binary: git's rule, and linguist's."""
_HEURISTIC_LIMIT = 1536
_CLASSIFIER_LIMIT = 2048
_REMEMBERED = 1 << 16

_V = TypeVar("_V")

_EMACS = re.compile(rb"-\*-[^\n]*?-\*-")
_VIM = re.compile(rb"(?:^|\s)(?:vi|vim|ex):[^\n]*")

# Extensions of several languages of which one is usual. Asking Go costs 0.01 to 1 ms a file, so it
# is asked only where the beginning has one of the words that linguist's patterns for the unusual
# ones are about; of _ANY_CASE, in lower case.
_ANY_CASE = (b".sql", b".txt")
_USUAL: dict[bytes, tuple[str, tuple[bytes, ...]]] = {
    b".cs": ("C#", (b"methodsFor:",)),
    b".h": (
        "C",
        (b"std::", b"\nclass ", b"\nnamespace", b"\ntemplate", b"\n@", b"\n#import", b"public:"),
    ),
    b".html": ("HTML", (b"<emu-",)),
    b".json": ("JSON", (b'"swagger"', b'"openapi"')),
    b".md": ("Markdown", (b"\n;;", b"\n(define_")),
    b".php": ("PHP", (b"<?hh",)),
    b".rs": ("Rust", (b"#include", b"#pragma", b"__attribute__", b"\n<")),
    b".sql": (
        "SQL",
        (
            *(b"plpgsql", b"as $$", b"begin", b"\n\\i ", b"plsql", b"xmltype", b"systimestamp"),
            *(b"nextval", b"connect by", b"authid", b"utl_", b"dbms_", b"alter module", b"db2sql"),
            *(b"syscat.", b"sysproc.", b"associate result", b"end!", b"\ngo", b"output inserted"),
            *(b"declare @", b"[dbo]"),
        ),
    ),
    b".ts": ("TypeScript", (b"<TS",)),
    b".tsx": ("TSX", (b"<?xml",)),
    b".txt": ("Text", (b"adblock", b"ad block", b"ublock", b"adguard", b"vim")),
    b".yaml": ("YAML", (b"\n\t", b"swagger", b"openapi")),
    b".yml": ("YAML", (b"\n\t", b"swagger", b"openapi")),
}


class Answer(NamedTuple):
    """A language and what decided it; no language where nothing did.

    Attributes:
        ambiguous: The content has to tell: several languages are possible, or none is known.
        kind: Linguist's type of the language: programming, markup, data, prose, or empty.
        words: It is another language only where one of these is in the beginning.
        any_case: Of the beginning in lower case.
    """

    language: str | None
    rule: str
    kind: str = ""
    ambiguous: bool = False
    words: tuple[bytes, ...] = ()
    any_case: bool = False

    def is_doubtful(self, head: bytes) -> bool:
        """Whether the content has to tell after all."""
        if not self.words:
            return self.ambiguous
        if self.any_case:
            head = head[:_HEURISTIC_LIMIT].lower()
        for word in self.words:
            if head.find(word, 0, _HEURISTIC_LIMIT) >= 0:
                return True
            if word[:1] == b"\n" and head.startswith(word[1:]):
                return True
        return False


_NONE = Answer(None, "fallback")
_UNKNOWN = Answer(None, "fallback", ambiguous=True)
_SEVERAL = Answer(None, "extension", ambiguous=True)


class Languages:
    """Linguist's answers, remembered.

    Raises:
        ImportError: The library is not there for this platform.
    """

    def __init__(self) -> None:
        from enry import definitions  # type: ignore[import-untyped]
        from enry._c_enry import ffi  # type: ignore[import-untyped]
        from enry.utils import go_str_slice_to_py, go_str_to_py  # type: ignore[import-untyped]

        self._go: Any = definitions.lib
        self._null: Any = ffi.NULL
        self._text: Any = go_str_to_py
        self._texts: Any = go_str_slice_to_py
        self._by_suffix: dict[bytes, tuple[str, ...]] = {}
        self._by_name: dict[bytes, Answer] = {}
        self._by_line: dict[bytes, Answer | None] = {}
        self._kinds: dict[str, str] = {}
        self._aliases: dict[str, str | None] = {}

    def of_name(self, name: bytes) -> Answer:
        """What the name alone tells.

        A name can overrule its extension (`requirements.txt`), but never one of a programming
        language, so those are not looked up by name.
        """
        candidates = self._candidates(name)
        if not candidates:
            return _UNKNOWN
        if len(candidates) == 1 and self.kind(candidates[0]) == "programming":
            return Answer(candidates[0], "extension", "programming")
        found = self._text(self._go, self._go.GetLanguageByFilename(name))
        if found:
            return self._answer(found, "filename")
        if len(candidates) > 1:
            return self._usual_answer(name[name.rfind(b".") :].lower())
        return self._answer(candidates[0], "extension")

    def of_content(self, name: bytes, named: Answer, head: bytes) -> Answer:
        """What name and content together tell.

        Args:
            name: Of the file.
            named: What `of_name` says of it.
            head: Its beginning, without a NUL.
        """
        found = self._by_modeline(head)
        if found:
            return found
        if named is _UNKNOWN:
            known = self._by_unusual_name(name)
            if known.language:
                return known
        if head[:2] == b"#!" and named.rule != "filename":
            found = self._by_shebang(head)
            if found:
                return found
        if named is _UNKNOWN:
            xml = head[:8].lstrip(b"\xef\xbb\xbf").startswith(b"<?xml")
            return self._answer("XML", "xml-header") if xml else _NONE
        return self._by_content(name, head) if named.is_doubtful(head) else named

    def kind(self, language: str) -> str:
        """Linguist's type of a language."""
        kind = self._kinds.get(language)
        if kind is None:
            kind = self._text(self._go, self._go.GetLanguageType(language.encode())).lower()
            self._kinds[language] = kind
        return kind

    def by_alias(self, alias: str) -> Answer | None:
        """The language that is called so, as in ``linguist-language=``."""
        if alias not in self._aliases:
            self._aliases[alias] = self._alias(alias) or self._alias(alias.replace("-", " "))
        language = self._aliases[alias]
        return self._answer(language, "gitattributes") if language else None

    def _alias(self, alias: str) -> str | None:
        line = f"-*- {alias} -*-".encode("utf-8", "replace")
        found = self._go.GetLanguageByEmacsModeline(line, len(line))
        return self._text(self._go, found) or None

    def is_vendored(self, path: bytes) -> bool:
        """Linguist's rules for third-party code."""
        return bool(self._go.IsVendor(path))

    def is_documentation(self, path: bytes) -> bool:
        """Linguist's rules for documentation."""
        return bool(self._go.IsDocumentation(path))

    def is_generated(self, path: bytes, content: bytes) -> bool:
        """Linguist's rules for generated files."""
        return bool(self._go.IsGenerated(path, content, len(content)))

    def _answer(self, language: str, rule: str) -> Answer:
        return Answer(language, rule, self.kind(language))

    def _candidates(self, name: bytes) -> tuple[str, ...]:
        """The languages of the longest known extension; ``.d.ts`` comes before ``.ts``."""
        dot = name.find(b".")
        if dot < 0:
            return ()
        suffix = name[dot:]
        found = self._by_suffix.get(suffix)
        if found is None:
            listed = self._go.GetLanguagesByExtension(b"x" + suffix, b"", 0, self._null)
            found = tuple(self._texts(self._go, listed))
            _remember(self._by_suffix, suffix, found)
        return found

    def _by_unusual_name(self, name: bytes) -> Answer:
        """For names without a known extension; these are few, what is binary comes not here."""
        known = self._by_name.get(name)
        if known is None:
            found = self._text(self._go, self._go.GetLanguage(name, b"", 0))
            known = self._answer(found, "filename") if found else _NONE
            _remember(self._by_name, name, known)
        return known

    def _by_modeline(self, head: bytes) -> Answer | None:
        near = head[:NEAR]
        match = _EMACS.search(near) if b"-*-" in near else None
        if not match and b"vim:" in near:
            match = _VIM.search(near)
        if not match:
            return None
        line = match.group()
        if line not in self._by_line:
            found = self._text(self._go, self._go.GetLanguageByModeline(line, len(line)))
            _remember(self._by_line, line, self._answer(found, "modeline") if found else None)
        return self._by_line[line]

    def _by_shebang(self, head: bytes) -> Answer | None:
        # A shell script may go on in another language: `exec python "$0" "$@"`.
        end = head.find(b"\n") if head.find(b"exec ", 0, 512) < 0 else 512
        line = head[: end if end >= 0 else 512]
        if line not in self._by_line:
            listed = self._go.GetLanguagesByShebang(b"", line, len(line), self._null)
            found = self._texts(self._go, listed)
            answer = self._answer(found[0], "shebang") if len(found) == 1 else None
            _remember(self._by_line, line, answer)
        return self._by_line[line]

    def _usual_answer(self, suffix: bytes) -> Answer:
        if suffix not in _USUAL:
            return _SEVERAL
        language, words = _USUAL[suffix]
        return Answer(
            language, "heuristic", self.kind(language), words=words, any_case=suffix in _ANY_CASE
        )

    def _by_content(self, name: bytes, head: bytes) -> Answer:
        suffix = name[name.rfind(b".") :].lower()
        sample = head[:_HEURISTIC_LIMIT]
        usual_name = b"x" + suffix
        listed = self._go.GetLanguagesByContent(usual_name, sample, len(sample), self._null)
        found = self._texts(self._go, listed)
        if len(found) == 1:
            return self._answer(found[0], "heuristic")
        head = head[:_CLASSIFIER_LIMIT]
        language = self._text(self._go, self._go.GetLanguage(usual_name, head, len(head)))
        return self._answer(language, "classifier") if language else _NONE


class NoLanguages(Languages):
    """For a machine without linguist's library: nothing is known of any language."""

    def __init__(self) -> None:
        pass

    def of_name(self, name: bytes) -> Answer:
        """Nothing."""
        return _NONE

    def of_content(self, name: bytes, named: Answer, head: bytes) -> Answer:
        """Nothing."""
        return _NONE

    def kind(self, language: str) -> str:
        """Nothing."""
        return ""

    def by_alias(self, alias: str) -> Answer | None:
        """The name as it is."""
        return Answer(alias, "gitattributes")

    def is_vendored(self, path: bytes) -> bool:
        """Unknown."""
        return False

    def is_documentation(self, path: bytes) -> bool:
        """Unknown."""
        return False

    def is_generated(self, path: bytes, content: bytes) -> bool:
        """Unknown."""
        return False


def _remember(memory: dict[bytes, _V], key: bytes, value: _V) -> None:
    """Keep an answer; a memory that is full starts anew."""
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
