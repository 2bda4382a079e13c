"""Gives the approval screens their base: they show exactly what will be done and take yes, no, or no with a reason."""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Event, Key, MouseEvent, Paste
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Footer, Static

from assistant.text.commands import Where
from assistant.text.yes_no import says_no, says_yes
from assistant.tui.key_bindings import bindings
from assistant.tui.screens.prompt_screen import PromptScreen

QUIET_SECONDS = 0.5
"""The seconds without a key before keys count, so that keys typed ahead approve nothing unseen."""

WORD_SECONDS = 0.4
"""The seconds after a letter that is a key in which a further one makes it the beginning of a sentence: "yes but as
links", "no, only the sad ones", "rename 2 first"."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds the user's decision: the fields of the session's Decision, and another target.

    Attributes:
        accept: Whether the user accepted.
        criteria: The chosen criteria, where criteria were proposed.
        reason: The user's wish in place of the rejected proposal.
        target: Another folder for an export, which is then planned and asked about again.
    """

    accept: bool
    criteria: list[str] = field(default_factory=list)
    reason: str = ""
    target: str = ""


class ApprovalScreen(ModalScreen[Answer | None]):
    """Takes yes, no, or no with a reason, as every approval screen does. The result is None when the user decides
    later.

    A subclass sets `TITLE`, the question, and `BODY`, the selector of the widget that gets the focus when keys count.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("approval", "approval.accept", "approval.reject", "approval.reason", "approval.later"),
        # The app's own keys do not reach a modal screen; they are hidden, as this screen's keys need the room.
        *(replace(binding, show=False) for binding in bindings("everywhere", "app.help")),
    ]
    place: ClassVar[Where] = "approval"
    TITLE = ""
    AUTO_FOCUS = ""
    BODY = ""

    def __init__(self) -> None:
        super().__init__()
        self.listening = False
        self._quiet: Timer | None = None
        self._sentence: PromptScreen | None = None
        self._letter: Timer | None = None
        self._begun = ""  # that letter

    @property
    def deciding(self) -> bool:
        """Return whether a letter waits for a moment, in case it is the beginning of a sentence."""
        return self._letter is not None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall approval"):
            yield Static(Content(self.question), classes="question", markup=False)
            yield from self.compose_body()
            yield Static("", classes="hint", markup=False)
            yield Footer(compact=True, show_command_palette=False)

    @property
    def question(self) -> str:
        """Return the question that stands above all else."""
        return self.TITLE or ""

    @abstractmethod
    def compose_body(self) -> ComposeResult:
        """Yield the widgets that show what will be done."""

    def on_mount(self) -> None:
        """Listen when nothing was typed for `QUIET_SECONDS` after the first paint."""

        def wait() -> None:
            self._quiet = self.set_timer(QUIET_SECONDS, self.listen)

        self.call_after_refresh(wait)

    def listen(self) -> None:
        """Let keys count from now on."""
        self.listening = True
        self.query_one(self.BODY).focus()

    def _forward_event(self, event: Event) -> None:
        # while nothing has the focus, every key and click passes here
        if self.listening or not isinstance(event, (Key, Paste, MouseEvent)):
            super()._forward_event(event)
        elif self._quiet is not None and not isinstance(event, MouseEvent):
            self._quiet.reset()

    def hint(self, text: str) -> None:
        """Show in the dialog why nothing happened."""
        self.query_one(".hint", Static).update(Content(text))

    def action_accept(self) -> None:
        """Accept and close."""
        self.dismiss(Answer(True))

    def action_reject(self) -> None:
        """Reject and close."""
        self.dismiss(Answer(False))

    def action_later(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def action_reason(self, begun: str = "") -> None:
        """Reject, and ask what to do instead, where `begun` is the beginning of it."""
        self._sentence = PromptScreen("What should be done instead?", begun, begun=bool(begun))
        self.app.push_screen(self._sentence, self._reasoned)

    def on_key(self, event: Key) -> None:
        """Take a letter that is no key here for the beginning of a sentence: the "y" of "why" or "copy" is no yes.

        Nor is that of "yes but as links" or "no, as links": a letter that is a key waits for a moment.
        """
        if not event.is_printable or not event.character:
            return
        if self._sentence is not None:  # typed so fast that the line had not got the keys yet
            event.stop()
            self._sentence.add(event.character)
        elif self._letter is not None:
            event.stop()
            self._letter.stop()
            self._letter = None
            self.action_reason(self._begun + event.character)
        elif event.key not in self.active_bindings:
            event.stop()
            self.action_reason(event.character)
        elif event.character.isalpha() and WORD_SECONDS:
            event.stop()
            self._begun = event.character
            action = self.active_bindings[event.key].binding.action
            self._letter = self.set_timer(WORD_SECONDS, partial(self._alone, action))

    async def _alone(self, action: str) -> None:
        """Do what a letter does by itself, once no other has followed."""
        self._letter = None
        await self.run_action(action)

    def _reasoned(self, reason: str | None) -> None:
        self._sentence = None
        if not reason:
            return
        if says_yes(reason):
            self.action_accept()
        elif says_no(reason):
            self.action_reject()
        else:
            self.dismiss(Answer(False, reason=reason))
