"""The typed arguments of every tool, as a chat model is told of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from tools.export.plan import Mode

Name = Annotated[str, Field(min_length=1, max_length=200)]
GroupName = Annotated[
    Name, Field(description="A group: its name, its number such as 2, or its id such as c2.")
]
ImageName = Annotated[Name, Field(description="An image: its number such as #12, or its file name.")]


class Arguments(BaseModel):
    """Base of all: no argument that is not known, and a number where a name is asked for is taken as text."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, str_strip_whitespace=True)


class Nothing(Arguments):
    """No arguments."""


class GroupBy(Arguments):
    """Arguments of group_by."""

    criterion: Name = Field(
        description='What to group by, in the person\'s words, for example "hair colour".'
    )
    groups: int | None = Field(
        None, ge=2, le=1000, description="How many groups; left out, the data decides."
    )


class Show(Arguments):
    """Arguments of show."""

    clustering: Name | None = Field(
        None, description="Which grouping, by its criterion; left out, the current."
    )
    cluster: GroupName | None = Field(
        None,
        description='A group to look into, or "unsorted", "unreadable", "duplicates"; left out, all groups.',
    )


class Explain(Arguments):
    """Arguments of explain."""

    image: ImageName


class MergeClusters(Arguments):
    """Arguments of merge_clusters."""

    clusters: list[GroupName] = Field(min_length=2, max_length=1000)
    name: Name | None = Field(
        None, description="The name of the merged group; left out, that of the largest."
    )


class SplitCluster(Arguments):
    """Arguments of split_cluster."""

    cluster: GroupName
    parts: int = Field(2, ge=2, le=100)
    by: Name | None = Field(
        None, description="A criterion to split by; left out, what sets its images apart."
    )


class RenameCluster(Arguments):
    """Arguments of rename_cluster."""

    cluster: GroupName
    name: Name = Field(description="The new name.")


class MoveImages(Arguments):
    """Arguments of move_images."""

    images: list[ImageName] = Field(min_length=1, max_length=1000)
    to: GroupName = Field(
        description='The group to move them to: name, number or id, a new name, or "unsorted".'
    )
    # Only the built-in brain says it: a model would have to read what that is for with every request.
    out_of: SkipJsonSchema[GroupName | None] = None


class Answer(Arguments):
    """Arguments of answer."""

    said: Name = Field(description="What the person said, in their words.")


class Together(Arguments):
    """Arguments of keep_together and keep_apart."""

    images: list[ImageName] = Field(min_length=2, max_length=100)


class MoreLike(Arguments):
    """Arguments of more_like."""

    images: list[ImageName] = Field(min_length=1, max_length=100)
    to: GroupName | None = Field(
        None, description="The group to move them to; left out, they are only shown."
    )


class LockGroup(Arguments):
    """Arguments of lock_group."""

    cluster: GroupName
    locked: bool = Field(True, description="false to unlock it.")


class ChangeNumber(Arguments):
    """Arguments of change_number."""

    direction: Literal["fewer", "more"]


class DescribeGroup(Arguments):
    """Arguments of describe_group."""

    cluster: GroupName


class WhatIf(Arguments):
    """Arguments of what_if."""

    image: ImageName


class Named(Arguments):
    """Arguments of snapshot and branch."""

    name: Name = Field(description="The name to keep it under.")


class AsBefore(Arguments):
    """Arguments of as_before."""

    moment: Name = Field(description="The name of a snapshot, or the number of a step in the history.")


class Two(Arguments):
    """Arguments of compare and cross."""

    first: Name = Field(description="A grouping, by its criterion.")
    second: Name = Field(description="The other grouping.")


class ExportClusters(Arguments):
    """Arguments of export_clusters."""

    to: str = Field(
        min_length=1, max_length=1000, description="The folder to write into; ~ is the home folder."
    )
    clustering: Name | None = Field(
        None,
        description="Which grouping, by its criterion, or which groups of the current one alone; left out, all of it.",
    )
    mode: Mode = Field(
        "copy", description="copy, link (symbolic links) or move (take the files out of the folder)."
    )
