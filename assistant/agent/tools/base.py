"""Gives the agent's tools their base: a name, typed arguments, an effect, and the work."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from langchain_core.messages import ToolCall, ToolMessage
from pydantic import BaseModel, ConfigDict, Field

from assistant.agent.calls import Call, Understood
from tools.progress import Progress, silent
from tools.singular import in_singular

if TYPE_CHECKING:
    from assistant.agent.approvals import Approval, Decision
    from assistant.agent.context import Context

Result = tuple[str, Any]
"""The result of a tool: a text for the model and the person alike, and an artifact of ids for the screen.

Where the artifact is an `Approval`, nothing was done yet: the graph asks the person and then calls `Tool.approved`.
"""

Name = Annotated[str, Field(min_length=1, max_length=200)]
GroupName = Annotated[
    Name, Field(description="A group: its name, its number such as 2, or its id such as c2.")
]
ImageName = Annotated[Name, Field(description="An image: its number such as #12, or its file name.")]


class Effect(Enum):
    """Says what a tool may change.

    `READ` shows, explains and counts. `EDIT` changes groups, answers and names; undo takes it back. `FILES` writes,
    moves or restores files, and is never done by a call alone: `Tool.ask` says what it would do first.
    """

    READ = "read"
    EDIT = "edit"
    FILES = "files"


class Arguments(BaseModel):
    """Refuses arguments that it does not know, and takes a number in place of a name as text.

    `ASKS_FILES` names those that may ask what files say of their pictures.
    """

    ASKS_FILES: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, str_strip_whitespace=True)


class Conditions(Arguments):
    """Adds what else must hold for the images that a call is about, and what must not."""

    ASKS_FILES: ClassVar[tuple[str, ...]] = ("also", "but")

    also: list[Name] = Field(
        [],
        max_length=20,
        description="What must hold as well: groups of any grouping, or what files say (a city, a camera, 2023).",
    )
    but: list[Name] = Field(
        [], max_length=20, description='What is left out, as in "all but Berlin": groups, or what files say.'
    )


class NoArguments(Arguments):
    """Takes no arguments, for a tool that needs none."""


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """Describes the groupings at the time of a request.

    Attributes:
        criteria: What was grouped by, the current one first.
        names: The names of all groups that there are, those of the current grouping first.
        current: How many of the names are those of the current grouping.
        groupings: For each of the criteria, in this order, the names of its groups.
        sees: What could be grouped by here, the best first: what the experts see in these pictures.
        said_by_files: What files say here: criteria, each with its values.
        said_by_experts: What the experts say of some pictures here: criteria, each with its words in the singular.
        images: The images that were spoken of last, which "it" may stand for.
        listed: The images that were listed last, which "the first one" may stand for.
        spoken: The groups that were spoken of last, which "it" or "these two" may stand for.
        last: The call that was made last, which "and the sad ones" or "no, I meant sad" carries on.
        offered: Whether that call was only offered, or failed: it left nothing that could be taken back.
        offer: The call that a yes makes now; None where nothing was offered just before.
        asking: Whether a question of a lesson is open, so that words without a verb are a reply to it.
        phrases: The names that stand for several conditions while a sentence is read: no group is called so.
        informed: Whether this was told at all; where it was not, any name may be that of a group.
    """

    criteria: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    last: Call | None = None
    current: int = 0
    groupings: tuple[tuple[str, ...], ...] = ()
    sees: tuple[str, ...] = ("colour",)
    said_by_files: tuple[tuple[str, tuple[str, ...]], ...] = ()
    said_by_experts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    offered: bool = False
    offer: Call | None = None
    asking: bool = False
    phrases: tuple[str, ...] = ()
    informed: bool = False

    def has(self, group: str) -> bool:
        """Return whether there is a group of this name, in the singular or plural, or number."""
        if group.isdecimal() and group not in self.names:
            return 0 < int(group) <= self.current
        return in_singular(group) in {in_singular(name) for name in self.names}

    def named(self, group: str) -> str:
        """Return the name of a group of the current grouping that is called by its number; else what is given."""
        number = int(group) if group.isdecimal() else 0
        return self.names[number - 1] if 0 < number <= self.current else group


@dataclass(frozen=True, slots=True)
class Slots:
    """Holds the slots of a sentence, as its template separates them.

    Attributes:
        values: The value of each slot, read by `assistant.agent.builtin.slots`.
        form: The kind of the tool's sentences that it is; "" for the usual one.
        dialogue: The groupings at the time.
    """

    values: Mapping[str, Any]
    form: str = ""
    dialogue: DialogueContext = field(default_factory=DialogueContext)


A = TypeVar("A", bound=Arguments)


class Tool(ABC, Generic[A]):
    """Does one thing that the agent can be asked for. The registry finds a subclass in a separate file of this folder.

    Its name is that of its file, and its docstring is its description for a chat model. The sentences that ask for it
    are in `assistant/agent/sentences/LANGUAGE/NAME.yaml`.

    Attributes:
        name: The name of the tool and of its file.
        effect: The effect of the tool; where it depends on the call, `effect_of` returns it.
        arguments: The model of its arguments.
        counted: Whether it is called as often in a turn as the person asked for, and no oftener.
        replies: Whether it takes whatever the person says, as the reply to an open question.
        needs_groups: Whether it is useless before anything is grouped.
        needs: What it needs that is not everywhere, in words; "" where it is available with every desk.
    """

    name: ClassVar[str]
    effect: ClassVar[Effect]
    arguments: type[A]
    needs_groups: ClassVar[bool] = True
    needs: ClassVar[str] = ""
    counted: ClassVar[bool] = False
    replies: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__module__.rpartition(".")[2]

    @abstractmethod
    def run(self, context: "Context", arguments: A) -> Result:
        """Run the tool; blocks.

        Raises:
            tools.errors.RegroupError: It cannot be done; the message says what to do instead.
        """

    def ask(self, context: "Context", arguments: A) -> "tuple[str, Approval]":
        """Return what a call that touches files would do, in words, and the approval without which it is not done.

        It is called in place of `run` wherever the effect of the call is `FILES`; such a tool has this method.

        Raises:
            tools.errors.RegroupError: It cannot be done; the message says what to do instead.
        """
        raise AssertionError(f"{self.name} touches files and asks nobody")

    def available(self, context: "Context") -> bool:
        """Return whether the tool is of any use with this desk."""
        return True

    def effect_of(self, context: "Context", arguments: A) -> Effect:
        """Return the effect of one call."""
        return self.effect

    def groups_named(self, arguments: A) -> list[str]:
        """Return the groups that a call is about, as they were named: where the grouping that is shown has none of
        them, another may be meant."""
        given = arguments.model_dump()
        if given.get("clustering") or given.get("also") or given.get("but"):
            return []  # it says where, or is about several groupings
        one = [given.get(key) for key in ("cluster", "within", "to")]
        return [str(name) for name in (*one, *given.get("clusters", ())) if name]

    def grouping_named(self, arguments: A) -> str | None:
        """Return the grouping that a call shows or counts, as it was named; None for the one that is shown."""
        return None

    def offer(self, context: "Context", arguments: A) -> str:
        """Return the call in words that follow "shall I": 'merge "red" and "blue"'; "" where it changes nothing."""
        return f"do that ({self.name.replace('_', ' ')})"

    def meant(self, context: "Context", utterance: str, arguments: A) -> bool:
        """Return whether an utterance means just this, for a tool that acts on whatever was done last, or that reads a
        folder which only the person may name."""
        return True

    def misread(self, context: "Context", utterance: str) -> str:
        """Return what is not as an utterance supposes, a sentence before the question that is asked; "" else."""
        return ""

    def read_instead(self, arguments: A) -> Call | None:
        """Return the call of a reading tool that answers a question about this call; None where there is none."""
        return None

    def approved(
        self,
        context: "Context",
        call: ToolCall,
        approval: "Approval",
        decision: "Decision",
        progress: Progress = silent,
    ) -> ToolMessage:
        """Carry out an accepted approval; only tools that ask for one have this method."""
        raise AssertionError(f"{self.name} asks for no approval")

    def understand(self, slots: Slots) -> Understood | None:
        """Return the calls that a sentence asks for, or a reply; None where it means something else.

        By default one call with the slots that are named as its arguments are.
        """
        fields = self.arguments.model_fields
        given = {name: value for name, value in slots.values.items() if name in fields and value is not None}
        if any(field.is_required() and name not in given for name, field in fields.items()):
            return None
        return [Call(self.name, given)]


def answer(call: ToolCall, text: str, artifact: "dict[str, Any] | Approval | None" = None) -> ToolMessage:
    """Return the answer to a call; with an approval as its artifact, what has to be decided first."""
    return ToolMessage(text, tool_call_id=call["id"] or "", name=call["name"], artifact=artifact or {})


def failed(call: ToolCall, text: str, artifact: dict[str, Any] | None = None) -> ToolMessage:
    """Return the answer to a call that could not be carried out."""
    message = answer(call, text, artifact)
    message.status = "error"
    return message
