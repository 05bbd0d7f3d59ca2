from pathlib import Path

import pytest
from pydantic import SecretStr

from onextree import settings as module
from onextree.errors import ConfigurationError
from onextree.settings import Settings, load_settings


def test_a_value_that_cannot_be_used_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONEXTREE_UI_PORT", "s3cret")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "ONEXTREE_UI_PORT" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_the_env_file_of_the_working_directory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ONEXTREE_UI_PORT=1234\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().ui_port == 3000


def test_the_env_file_of_the_checkout_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("ONEXTREE_UI_PORT=1234\nONEXTREE_DATABASE_URL=\n")
    monkeypatch.setattr(module, "_env_file", lambda: file)
    assert load_settings().ui_port == 1234
    assert load_settings().database_url is None


def test_a_password_is_not_shown() -> None:
    settings = Settings(database_url=SecretStr("postgresql://u:s3cret@h/d"))
    assert "s3cret" not in repr(settings)


def test_roots_default_to_home_and_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir("/usr")
    assert load_settings().allowed_root_directories == (tmp_path.resolve(), Path("/usr"))
