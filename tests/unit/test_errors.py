import inspect
import re

from onextree import errors


def test_the_docstring_draws_every_error() -> None:
    drawn = set(re.findall(r"\b[A-Z]\w+[a-z]\b", errors.__doc__ or ""))
    classes = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.OnexTreeError)
    }
    assert classes <= drawn


def test_all_is_sorted_and_whole() -> None:
    public = [
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == errors.__name__
    ]
    assert sorted(public) == sorted(errors.__all__)
    assert errors.__all__ == sorted(errors.__all__)


def test_an_error_tells_programs_its_code() -> None:
    error = errors.ProjectRootNotFound("gone", project_root="/x")
    assert error.as_dict() == {
        "error_code": "PROJECT_ROOT_NOT_FOUND",
        "message": "gone",
        "fallback": "use_empty_tree",
        "details": {"project_root": "/x"},
    }
    assert error.error_code is errors.OnexTreeErrorCode.PROJECT_ROOT_NOT_FOUND
