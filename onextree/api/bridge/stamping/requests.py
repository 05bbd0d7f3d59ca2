"""What is asked for by stamping: upstream's bodies, and a few fields of ours."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from onextree.service.stamping.requests import Stamping
from onextree.stamping.model import METADATA_VERSION, NAMESPACE, PROTOCOL_VERSION, StampType
from onextree.stamping.validation import Level
from onextree.store.project_ids import MAX_LENGTH

__all__ = [
    "MOST_ITEMS",
    "BatchRequest",
    "Hash",
    "HashForm",
    "Namespace",
    "NamespaceName",
    "Offset",
    "PageLimit",
    "ProtocolRequest",
    "StampRequest",
    "ValidateOptions",
    "ValidateRequest",
]

MOST_ITEMS = 1_000

_LARGEST = 2**31 - 1
_LARGEST_OFFSET = 2**62
_LONGEST_PATH = 4_096
_NO_NUL = r"^[^\x00]*$"

_Short = Annotated[str, Field(max_length=200, pattern=_NO_NUL)]
_FilePath = Annotated[str, Field(max_length=_LONGEST_PATH, pattern=_NO_NUL)]
_ProjectId = Annotated[str, Field(max_length=MAX_LENGTH, pattern=_NO_NUL)]

NamespaceName = Annotated[
    str, Path(description="The namespace.", examples=["omninode.services.metadata"])
]
Namespace = Annotated[
    str | None,
    Query(description="All namespaces by default.", examples=["omninode.services.metadata"]),
]
Hash = Annotated[
    str,
    Path(
        description="64 hexadecimal digits: of a content without its stamps (`file_hash` of a "
        "stamp), or BLAKE3 of the bytes of a file, before or after it was stamped.",
    ),
]
PageLimit = Annotated[int, Query(ge=1, le=1_000, description="Stamps at most.")]
Offset = Annotated[
    int, Query(ge=0, le=_LARGEST_OFFSET, description="How many are passed over, the newest first.")
]


class _Body(BaseModel):
    """Unknown fields are passed over, as upstream does."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class StampOptions(_Body):
    """How a content is stamped."""

    stamp_type: StampType = StampType.LIGHTWEIGHT
    include_metadata: StrictBool = Field(
        default=True, description="Whether a stamp says what the caller and the tree know"
    )
    validate_integrity: StrictBool = Field(
        default=True, description="Whether the stamped content is read back before it is answered"
    )
    sidecar: StrictBool = Field(
        default=False, description="Have the stamp beside the file, whatever the file's type"
    )


class _Item(_Body):
    content: str = Field(description="The file's text; up to ONEXTREE_STAMP_MAX_BYTES in UTF-8")
    file_path: _FilePath | None = Field(
        default=None,
        description="Decides the syntax of the comment; relative to the root of `project_id`, or "
        "absolute: then it tells the project itself, where it lies below the root of one",
    )
    project_id: _ProjectId | None = Field(
        default=None, description="Whose tree is asked; `metadata.project_id` by default"
    )
    metadata: dict[str, Any] | None = None
    intelligence_data: dict[str, Any] | None = Field(
        default=None, description="Kept with the stamp"
    )
    op_id: _Short | None = Field(default=None, description="Made where it is not given")
    version: int = Field(default=1, ge=1, le=_LARGEST, strict=True)


class StampRequest(_Item):
    """A content that is to be stamped."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "content": "print('hello')\n",
                    "file_path": "src/app.py",
                    "options": {"stamp_type": "rich"},
                    "metadata": {"author": "Jo"},
                }
            ]
        }
    )

    options: StampOptions = StampOptions()
    protocol_version: _Short = PROTOCOL_VERSION
    namespace: str = NAMESPACE
    metadata_version: _Short = METADATA_VERSION
    workflow_id: _Short | None = Field(default=None, description="Of which this is a part")

    def asked(self) -> Stamping:
        """As the service takes it."""
        return _asked(self, self, self.namespace)


class BatchItem(_Item):
    """One of many contents."""

    id: _Short | None = Field(
        default=None, description="Its name in the answer; its place, from 0, by default"
    )
    namespace: str | None = Field(default=None, description="That of the batch by default")


class BatchRequest(_Body):
    """Contents that are to be stamped together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"id": "1", "content": "print(1)\n", "file_path": "a.py"},
                        {"id": "2", "content": "print(2)\n", "file_path": "b.py"},
                    ]
                }
            ]
        }
    )

    items: list[BatchItem] = Field(description=f"1 to {MOST_ITEMS:,}")
    options: StampOptions = StampOptions()
    protocol_version: _Short = PROTOCOL_VERSION
    namespace: str = NAMESPACE
    metadata_version: _Short = METADATA_VERSION
    project_id: _ProjectId | None = Field(default=None, description="Of items that name none")
    workflow_id: _Short | None = None

    def asked(self) -> Iterator[Stamping]:
        """Each item as the service takes it."""
        for item in self.items:
            yield _asked(
                item, self, item.namespace or self.namespace, item.project_id or self.project_id
            )


class ValidateOptions(_Body):
    """How a content is validated."""

    strict_mode: StrictBool = Field(
        default=False, description="Stamps that cannot be verified make it invalid, too"
    )
    expected_hash: str | None = Field(default=None, description="That the content has to have")
    check_tampering: StrictBool = Field(
        default=True, description="Without it, stamps are found but not held against the content"
    )


class ValidateRequest(_Body):
    """A content whose stamps are to be verified."""

    content: str
    options: ValidateOptions = ValidateOptions()
    namespace: str = NAMESPACE


class ProtocolRequest(_Body):
    """A content that is to be held to the protocol."""

    content: str
    target_protocol: Literal["O.N.E.v0.1", "1.0"] = Field(
        default="O.N.E.v0.1", description="Two names of the one protocol"
    )
    validation_level: Level = Field(default=Level.STRICT, description="What makes it invalid")
    namespace: str = NAMESPACE


class HashForm(BaseModel):
    """A form with a file."""

    file: bytes = Field(description="The file; nothing of it is kept")
    namespace: str = NAMESPACE


def _asked(
    item: _Item,
    common: StampRequest | BatchRequest,
    namespace: str,
    project_id: str | None = None,
) -> Stamping:
    options = common.options
    return Stamping(
        content=item.content.encode(),
        file_path=item.file_path,
        project_id=project_id or item.project_id,
        stamp_type=options.stamp_type,
        namespace=namespace,
        metadata=item.metadata or {},
        intelligence_data=item.intelligence_data or {},
        op_id=item.op_id,
        workflow_id=common.workflow_id,
        version=item.version,
        protocol_version=common.protocol_version,
        metadata_version=common.metadata_version,
        sidecar=options.sidecar,
        includes_metadata=options.include_metadata,
        checks_integrity=options.validate_integrity,
    )
