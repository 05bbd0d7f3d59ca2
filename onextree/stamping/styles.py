"""Comment syntax by file name."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import translate
from functools import lru_cache

__all__ = [
    "STYLES",
    "SYNTAXES",
    "UNNAMED",
    "Behind",
    "Piece",
    "Style",
    "Syntax",
    "style_of",
    "style_of_program",
]


class Behind(Enum):
    """What a stamp brings along behind it."""

    NOTHING = auto()
    """A template's comment: a newline behind it would be part of what the template makes."""
    NEWLINE = auto()
    BLANK_LINE = auto()
    """A newline and an empty line: what follows directly would be taken for the same comment."""


class Piece(Enum):
    """What has to stay in front of a stamp; `onextree.stamping.prologue` finds it."""

    MARK = auto()
    """A byte order mark."""
    SHEBANG = auto()
    COOKIE = auto()
    """A comment that tells the encoding, or an editor's mode, in line 1 or 2."""
    OPTIONS = auto()
    """A comment behind a shebang that holds options of the program it names."""
    DIRECTIVE = auto()
    """`# syntax=` and the like in a Dockerfile, which knows three."""
    SECOND_DIRECTIVE = auto()
    THIRD_DIRECTIVE = auto()
    DECLARATION = auto()
    """`<?xml … ?>`, `<!DOCTYPE html>` or `@charset "…";`, without the newline behind it."""
    DECLARATION_LINE = auto()
    """That newline."""
    FRONTMATTER = auto()
    PHP = auto()
    """A line `<?php`."""
    FORMAT = auto()
    """A line `%&…` of TeX."""
    DOCBLOCK = auto()
    """A `/** … */` at the start with a tag that tools read there alone."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a comment is written; no two have the same sign.

    Attributes:
        sign: That opens it; a space follows.
        close: That closes it, behind a space; nothing where the line's end does.
    """

    sign: bytes
    close: bytes = b""
    behind: Behind = Behind.NEWLINE


@dataclass(frozen=True, slots=True)
class Style:
    """How files of some types carry a stamp.

    Attributes:
        types: Extensions.
        names: File names; `*` is for any characters.
        pieces: What may stand in front of the stamp.
        needs: The piece without which there is no place for one.
        opening: What has to follow the stamp, whitespace aside: else the file is of another kind.
    """

    syntax: Syntax
    types: str = ""
    names: str = ""
    pieces: frozenset[Piece] = frozenset({Piece.MARK})
    needs: Piece | None = None
    opening: bytes = b""


HASH = Syntax(b"#")
SLASHES = Syntax(b"//", behind=Behind.BLANK_LINE)
DASHES = Syntax(b"--")
SEMICOLON = Syntax(b";")
SEMICOLONS = Syntax(b";;")
PERCENT = Syntax(b"%")
QUOTE = Syntax(b'"')
APOSTROPHE = Syntax(b"'")
EXCLAMATION = Syntax(b"!")
REM = Syntax(b"@REM")
DOTS = Syntax(b"..", behind=Behind.BLANK_LINE)
MARKUP = Syntax(b"<!--", b"-->")
STARS = Syntax(b"/*", b"*/")
PARENTHESES = Syntax(b"(*", b"*)")
MDX = Syntax(b"{/*", b"*/}", Behind.BLANK_LINE)
BRACES = Syntax(b"{#", b"#}", Behind.NOTHING)
TAGS = Syntax(b"<%#", b"%>", Behind.NOTHING)

_TOP = frozenset({Piece.MARK})
_DIRECTIVES = {Piece.DIRECTIVE, Piece.SECOND_DIRECTIVE, Piece.THIRD_DIRECTIVE}
_CODE = _TOP | _DIRECTIVES | {Piece.SHEBANG, Piece.COOKIE, Piece.OPTIONS}
_PAGE = _TOP | {Piece.FRONTMATTER, Piece.DECLARATION, Piece.DECLARATION_LINE}

STYLES = (
    Style(
        HASH,
        "awk bash bazel bzl cfg cmake coffee conf cr csh desktop dockerfile env ex exs fish gd "
        "gemspec gql graphql hcl jl ksh mk mount nim nimble nix nomad org pl pm po pot properties "
        "ps1 psd1 psm1 pxd pxi py pyi pyw pyx r rake rb rbi ru service sh socket star tcl tf "
        "tfvars timer toml yaml yml zsh",
        ".bash_aliases .bash_profile .bashrc .clang-format .clang-tidy .dockerignore "
        ".editorconfig .env .env.dev .env.development .env.dist .env.example .env.local .env.prod "
        ".env.production .env.sample .env.staging .env.template .env.test .envrc .eslintignore "
        ".flake8 .gitattributes .gitconfig .gitignore .gitmodules .helmignore .htaccess .inputrc "
        ".mailmap .npmignore .npmrc .prettierignore .profile .pylintrc .tmux.conf .tool-versions "
        ".yamllint .zprofile .zshenv .zshrc brewfile caddyfile cargo.lock cmakelists.txt "
        "codeowners constraints*.txt containerfile containerfile.* crontab dockerfile "
        "dockerfile.* fastfile gemfile gnumakefile guardfile justfile kconfig makefile makefile.* "
        "meson.build meson_options.txt pdm.lock pipfile podfile poetry.lock pubspec.lock rakefile "
        "requirements*.in requirements*.lock requirements*.txt robots.txt sconscript sconstruct "
        "snakefile uv.lock vagrantfile yarn.lock",
        _CODE,
    ),
    Style(
        SLASHES,
        "adoc asciidoc cc cjs cpp cs csx cts cu cuh cxx dart frag fs fsi fsx glsl go gradle groovy "
        "hh hlsl hpp hxx ino java js json5 jsonc jsx kt kts less metal mjs mm mts pas prisma proto "
        "qml rs sc scala scss sol styl swift thrift ts tsx vala vert wgsl zig",
        "go.mod go.work jenkinsfile",
        _CODE | {Piece.DOCBLOCK, Piece.FRONTMATTER},
    ),
    Style(SLASHES, "php phtml", pieces=_CODE | {Piece.PHP}, needs=Piece.PHP),
    Style(STARS, "c h", pieces=_CODE),
    Style(STARS, "css pcss", pieces=_PAGE),
    Style(DASHES, "ada adb ads applescript elm hs lua purs sql vhd vhdl", pieces=_CODE),
    Style(SEMICOLON, "asm ini nasm", pieces=_CODE),
    Style(SEMICOLONS, "clj cljc cljs edn el lisp lsp rkt scm ss wat", pieces=_CODE),
    Style(PERCENT, "erl escript hrl sty tex", "rebar.config", pieces=_CODE | {Piece.FORMAT}),
    Style(QUOTE, "vim", ".gvimrc .vimrc"),
    Style(APOSTROPHE, "bas vb vbs"),
    Style(EXCLAMATION, "f03 f08 f90 f95"),
    Style(REM, "bat cmd"),
    Style(DOTS, "rst"),
    Style(MARKUP, "astro htm html markdown md qmd rmd svelte vue", pieces=_PAGE),
    Style(
        MARKUP,
        "atom config csproj fsproj gpx graphml kml plist props resx rss svg targets vbproj wsdl "
        "xaml xhtml xml xsd xsl xslt",
        pieces=_PAGE,
        opening=b"<",
    ),
    Style(MDX, "mdx", pieces=_TOP | {Piece.FRONTMATTER}),
    Style(PARENTHESES, "ml mli sml", pieces=_CODE),
    Style(BRACES, "j2 jinja jinja2 twig"),
    Style(TAGS, "ejs erb"),
)
"""All of them; a type is in one."""

SYNTAXES = {style.syntax.sign: style.syntax for style in STYLES}
"""By their signs."""

UNNAMED = STYLES[0]
"""Of contents whose name nobody tells."""

_PROGRAM = re.compile(
    rb"#![ \t]*(?:\S*/)?([a-z]+)[0-9.]*(?=\s|\Z)(?:[ \t]+(?:-\S+[ \t]+)?([a-z]+)[0-9.]*(?=\s|\Z))?"
)
_PROGRAMS = {
    **dict.fromkeys(
        b"ash awk bash csh dash fish gawk julia ksh make mawk perl pypy python ruby rscript sh "
        b"tclsh tcsh wish zsh".split(),
        "sh",
    ),
    **dict.fromkeys((b"bun", b"deno", b"node", b"nodejs", b"tsx"), "js"),
    b"lua": "lua",
    b"luajit": "lua",
}
"""The extension of what a program runs."""

_BY_TYPE = {name: style for style in STYLES for name in style.types.split()}
_NAMES = [(name, style) for style in STYLES for name in style.names.split()]
_BY_NAME = {name: style for name, style in _NAMES if "*" not in name}
_BY_PATTERN = [(re.compile(translate(name)), style) for name, style in _NAMES if "*" in name]


@lru_cache(4096)
def style_of(name: str) -> Style | None:
    """The style of a file; None where it has no comments, or where that is not known."""
    lowered = name.rpartition("/")[2].lower()
    if not lowered:
        return UNNAMED
    if found := _BY_NAME.get(lowered):
        return found
    _, dot, extension = lowered.rpartition(".")
    if dot and (found := _BY_TYPE.get(extension)):
        return found
    return next((style for pattern, style in _BY_PATTERN if pattern.match(lowered)), None)


def style_of_program(content: bytes) -> Style | None:
    """The style of a script by the program that its shebang names, with `env` or without."""
    found = _PROGRAM.match(content[:256].lower())
    if not found:
        return None
    program = found[2] if found[1] == b"env" else found[1]
    return _BY_TYPE.get(_PROGRAMS.get(program, ""))
