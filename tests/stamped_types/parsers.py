"""What the parsers of the environment take contents for, comments left out."""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from io import BytesIO, StringIO
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import yaml
from ast_grep_py import SgNode, SgRoot
from dotenv import dotenv_values
from graphql import parse as parse_graphql
from jinja2 import Environment
from markdown_it import MarkdownIt
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.token import Comment, Error  # type: ignore[import-untyped]

from tests.stamped_types.verdicts import Reader, Refused, each

__all__ = [
    "environment",
    "first_line",
    "graphql",
    "html",
    "ini",
    "jinja",
    "lines",
    "markdown",
    "python",
    "robots",
    "tokens",
    "toml",
    "tree",
    "without",
    "xml",
    "yaml_values",
]


@each
def python(content: bytes) -> object:
    """Its syntax tree; cookies and byte order marks are Python's to find."""
    compile(content, "<stamped>", "exec", dont_inherit=True)
    return ast.dump(ast.parse(content))


def tree(language: str) -> Reader:
    """The leaves of tree-sitter's syntax tree."""

    @each
    def read(content: bytes) -> object:
        return list(_leaves(SgRoot(content.decode(), language).root()))

    return read


def _leaves(node: SgNode) -> Iterator[tuple[str, str]]:
    kind = node.kind()
    if kind == "ERROR":
        raise Refused(node.text()[:80])
    if "comment" in kind:
        return
    children = node.children()
    if not children and node.text().strip():
        yield kind, node.text()
    for child in children:
        yield from _leaves(child)


def tokens(language: str) -> Reader:
    """The tokens of Pygments' lexer for a language, without the space between them.

    In a batch file `@` only keeps a command from being shown.
    """
    silent = "@" if language == "batch" else None

    @each
    def read(content: bytes) -> object:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        found = []
        for kind, text in lexer.get_tokens(content.decode()):
            if kind is Error:
                raise Refused(text)
            is_comment = kind in Comment and kind not in Comment.Preproc
            if not is_comment and (said := text.strip()) and said != silent:
                found.append((kind, said))
        return found

    return read


def lines(sign: str) -> Reader:
    """Lines that are no comments, for types that know no more than that."""

    @each
    def read(content: bytes) -> object:
        told = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
        return [line for line in told if line and not line.startswith(sign)]

    return read


def without(comment: bytes, read: Reader) -> Reader:
    """Of a type whose comments its reader does not know."""
    pattern = re.compile(comment, re.S)

    def read_all(contents: Sequence[bytes]) -> Sequence[object]:
        return read([pattern.sub(b"", content) for content in contents])

    return read_all


@each
def first_line(content: bytes) -> object:
    """What some programs look for in the first line, and nowhere else."""
    return content.splitlines()[0]


@each
def yaml_values(content: bytes) -> object:
    return list(yaml.safe_load_all(content))


@each
def toml(content: bytes) -> object:
    return tomllib.loads(content.decode())


@each
def ini(content: bytes) -> object:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(content.decode())
    return {name: dict(section) for name, section in parser.items()}


@each
def environment(content: bytes) -> object:
    return dotenv_values(stream=StringIO(content.decode()), interpolate=False)


@each
def robots(content: bytes) -> object:
    parser = RobotFileParser()
    parser.parse(content.decode().splitlines())
    return str(parser), parser.can_fetch("someone", "/page")


@each
def graphql(content: bytes) -> object:
    return parse_graphql(content.decode(), no_location=True).to_dict()


@each
def xml(content: bytes) -> object:
    """Its canonical form, read by expat: encodings and declarations are the parser's to find."""
    return ElementTree.canonicalize(from_file=BytesIO(content), with_comments=False)


@each
def jinja(content: bytes) -> object:
    """What it says where nothing fills it in."""
    return Environment().from_string(content.decode()).render()


class _Events(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[object, ...]] = []

    def handle_decl(self, decl: str) -> None:
        self.found.append(("decl", decl))

    def handle_pi(self, data: str) -> None:
        self.found.append(("pi", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(("start", tag, tuple(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("end", tag))

    def handle_data(self, data: str) -> None:
        last = self.found[-1] if self.found else ("",)
        if last[0] == "data":
            self.found[-1] = ("data", f"{last[1]}{data}")
        else:
            self.found.append(("data", data))


@each
def html(content: bytes) -> object:
    """Elements, texts and declarations; a doctype is the first of all but space and comments."""
    parser = _Events()
    parser.feed(content.decode())
    parser.close()
    return [each for each in parser.found if each[0] != "data" or str(each[1]).strip("\ufeff\n\r ")]


_FRONTMATTER = re.compile(r"---\r?\n(.*?\n)---\r?\n", re.S)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.S)


@each
def markdown(content: bytes) -> object:
    """What a page says of itself, and its HTML."""
    text = content.decode("utf-8-sig")
    front = _FRONTMATTER.match(text)
    rendered = MarkdownIt().enable("table").render(text[front.end() :] if front else text)
    return yaml.safe_load(front[1]) if front else None, _COMMENT.sub("", rendered)
