"""Whether stamps hold, and how far they keep the protocol."""

import pytest

from onextree.errors import InvalidRequest
from onextree.stamping.marking import read
from onextree.stamping.model import StampForm, StampType
from onextree.stamping.validation import (
    Compliance,
    Level,
    Severity,
    check_hash,
    check_namespace,
    judge,
    judge_protocol,
)
from tests.stamped import marked, stamp_of

CONTENT = b"x = 1\n"
LINE = marked(CONTENT, "a.py").content
RICH = marked(CONTENT, "a.py", StampType.RICH).content
HASH = stamp_of(CONTENT).content_hash


def test_a_stamp_that_holds() -> None:
    judged = judge(read(LINE))
    assert judged.is_valid
    assert judged.current_hash == HASH
    (detail,) = judged.details
    assert (detail.stamp_type, detail.stamp_hash) == (StampForm.LIGHTWEIGHT, HASH)
    assert detail.is_valid
    assert detail.current_hash == HASH


def test_a_content_that_was_changed() -> None:
    judged = judge(read(LINE.replace(b"= 1", b"= 2")))
    assert not judged.is_valid
    assert [detail.is_valid for detail in judged.details] == [False]
    assert judged.details[0].stamp_hash == HASH != judged.current_hash


def test_all_stamps_have_to_hold() -> None:
    stale = LINE.replace(HASH.encode(), b"0" * 64).split(b"\n")[0]
    judged = judge(read(stale + b"\n" + LINE))
    assert [detail.is_valid for detail in judged.details] == [False, True]
    assert not judged.is_valid


def test_without_a_stamp_nothing_holds() -> None:
    assert not judge(read(CONTENT)).is_valid
    assert judge(read(CONTENT)).details == ()
    reference = b"<!-- ONEX:META:" + b"a" * 64 + b" -->\nx\n"
    assert not judge(read(reference)).is_valid
    assert [detail.is_valid for detail in judge(read(reference)).details] == [None]


def test_an_older_reference_beside_a_stamp_does_not_matter() -> None:
    content = b"# ONEX_HASH:" + b"a" * 64 + b"\nx = 1\n"
    assert judge(read(marked(content, "a.py").content)).is_valid


def test_an_expected_hash_has_to_be_that_of_every_stamp() -> None:
    assert judge(read(LINE), HASH).is_valid
    assert judge(read(LINE), HASH.upper()).is_valid
    assert not judge(read(LINE), "0" * 64).is_valid
    with pytest.raises(InvalidRequest):
        judge(read(LINE), "abc")


@pytest.mark.parametrize("content", [LINE, RICH, marked(b"<a/>", "a.xml", StampType.RICH).content])
def test_what_we_write_keeps_the_protocol(content: bytes) -> None:
    for level in Level:
        judged = judge_protocol(read(content), level)
        assert judged.is_valid
        assert judged.compliance is Compliance.FULL
        assert judged.issues == ()
        assert judged.recommendations == []


ISSUES = [
    (CONTENT, {"NO_STAMP": "high"}),
    (LINE.replace(b"= 1", b"= 2"), {"HASH_MISMATCH": "high"}),
    (LINE.replace(HASH.encode(), b"abc"), {"HASH_MALFORMED": "high", "OLD_FORM": "low"}),
    (LINE.split(b"\n")[0] + b"\n" + LINE, {"SEVERAL_STAMPS": "medium"}),
    (LINE.replace(b"uid=", b"uid=x"), {"UID_MALFORMED": "medium", "OLD_FORM": "low"}),
    (LINE.replace(b"+00:00", b""), {"TIME_MALFORMED": "medium", "OLD_FORM": "low"}),
    (
        LINE.replace(b"ts=2026", b"ts=26"),
        {"TIME_MALFORMED": "medium", "OLD_FORM": "low"},
    ),
    (LINE.replace(b"\n", b" \n", 1), {"OLD_FORM": "low"}),
    (LINE.replace(b"\n", b"\r\n", 1), {"MISPLACED": "low"}),
    (
        RICH.replace(b"protocol_version: 1.0", b"protocol_version: 9"),
        {"PROTOCOL_UNKNOWN": "medium"},
    ),
    (
        RICH.replace(b"#   namespace: omninode.services.metadata\n", b""),
        {"NAMESPACE_MISSING": "low", "OLD_FORM": "low"},
    ),
    (
        RICH.replace(b"#   integrity:\n", b""),
        {"INTEGRITY_MISSING": "medium", "OLD_FORM": "low"},
    ),
    (
        RICH.replace(b"#     hash: " + HASH.encode(), b"#     hash: " + b"0" * 64, 1),
        {"INTEGRITY_MISMATCH": "high"},
    ),
    (RICH.replace(b"BLAKE3", b"MD5"), {"INTEGRITY_MISMATCH": "high"}),
    (
        b"# ONEX_HASH:" + b"a" * 64 + b"\nx\n",
        {"NO_STAMP": "high", "OLD_FORM": "low"},
    ),
]


@pytest.mark.parametrize(("content", "expected"), ISSUES)
def test_what_breaks_the_protocol(content: bytes, expected: dict[str, str]) -> None:
    judged = judge_protocol(read(content), "strict")
    assert {issue.code: issue.severity.value for issue in judged.issues} == expected
    assert not judged.is_valid
    severities = set(expected.values())
    assert judge_protocol(read(content), "moderate").is_valid == (severities == {"low"})
    assert judge_protocol(read(content), "lenient").is_valid == ("high" not in severities)
    assert judged.compliance is (Compliance.NONE if "high" in severities else Compliance.PARTIAL)
    assert judged.recommendations
    assert all(issue.message for issue in judged.issues)


def test_a_stamp_in_front_of_a_shebang_is_misplaced() -> None:
    line = marked(b"#!/bin/sh\nx\n", "a.sh").text.encode()
    judged = judge_protocol(read(line + b"\n#!/bin/sh\nx\n"))
    assert [(each.code, each.severity) for each in judged.issues] == [("MISPLACED", Severity.LOW)]


def test_there_are_three_levels() -> None:
    with pytest.raises(InvalidRequest, match="strict, moderate, lenient"):
        judge_protocol(read(LINE), "harsh")


def test_hashes_have_64_digits() -> None:
    assert check_hash("Ab" * 32) == b"\xab" * 32
    for text in ("", "a" * 63, "a" * 65, "g" * 64, "a" * 64 + "\n", "é" * 64, "\u0661" * 64):
        with pytest.raises(InvalidRequest, match="64 hexadecimal"):
            check_hash(text)


def test_namespaces_are_short_names() -> None:
    for text in ("a", "omninode.services.metadata", "A_b-c.1", "-", "a" * 200, "a..b"):
        check_namespace(text)
    for text in ("", "a" * 201, ".a", "a.", ".", "a b", "a/b", "é", "a\n", "a:b", "a\0"):
        with pytest.raises(InvalidRequest, match="namespace"):
            check_namespace(text)
