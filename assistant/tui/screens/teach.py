"""Teaching: one picture and the names of the groups, or two pictures; every answer groups again at once."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Footer, Static

from assistant.chat.job import Job
from assistant.text.commands import Where
from assistant.text.formatting import sentence
from assistant.text.typed_answers import QUESTIONS
from assistant.tui.keys import bindings
from assistant.tui.screens.base import DeskScreen, describe_error
from assistant.tui.screens.choose import ChooseScreen
from assistant.tui.screens.prompt import PromptScreen
from assistant.tui.text import foreign
from assistant.tui.widgets.picture import Picture
from tools.errors import Cancelled, RegroupError
from tools.names import amount, spelling_suggestion, visible

if TYPE_CHECKING:
    from tools.clustering import Clustering
    from tools.teach.question import Question

MOST_TOLD = 12
"""So many groups are summed up at the end."""
KEYS = 9
"""Names that have a key of their own."""
NAMED = "In which group is it? (a name or a number)"
_ONE, _TWO = ("name", "new", "type"), ("same", "different")


class TeachScreen(DeskScreen):
    """Asks until the user has had enough. Keys count only while a question is on the screen.

    Args:
        clustering: Id of the clustering that gets better.
    """

    place: ClassVar[Where] = "teach"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, clustering: str) -> None:
        super().__init__()
        self._clustering = clustering
        self._question: Question | None = None
        self._answered = 0
        self._first: Clustering | None = None  # as it was before the first question
        self._resting = False  # between two rounds
        self._taking = self._leaving = False  # an answer is being taken; and who gave it has had enough
        self._job = Job("thinking")
        self._looking: Job | None = None  # at parts of the pictures

    def compose(self) -> ComposeResult:
        yield Static("", id="teach-title", markup=False)
        with Horizontal(id="look"):
            yield Horizontal(id="large")
            with VerticalScroll(id="about", can_focus=False):
                yield Static("", id="which", markup=False)
                yield Static("", id="names", markup=False)
                yield Static("", id="told", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Ask the first question."""
        self.start(self._ask())

    def on_unmount(self) -> None:
        """Nobody waits for the next question any more."""
        self._job.cancel()
        if self._looking is not None:
            self._looking.cancel()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Names for one picture, same and different for two."""
        if self._question is None:
            if action == "type":
                return self._resting
            return action not in (*_ONE, *_TWO, "why") and (action != "skip" or self._looking is not None)
        return action not in (("new", "type") if self._question.pair else _TWO)

    # -- asking ----------------------------------------------------------------------------------------

    async def _ask(self) -> None:
        self._show_title("thinking of a question")
        made = await self.thread(self.desk.clusterings.get, self._clustering)
        self._first = self._first or made
        question = await self.thread(self.desk.questions.ask, self._clustering, progress=self._job)
        if question is None:
            self.end("Nothing is left that is worth asking.")
            return
        large = self.query_one("#large")
        await large.remove_children()
        await large.mount_all(Picture(sha, full=True) for sha in question.images)
        self._question = question
        self.refresh_bindings()
        self.query_one("#names", Static).update(choices(question))
        files = [
            f"#{self.desk.collection.number(image)} {self.desk.collection.by_id(image).path.as_posix()}"
            for image in question.images
        ]
        self.query_one("#which", Static).update(foreign(" and ".join(files), "$muted"))
        from assistant.text.question_wording import answered_before, gain

        rounds = self._answered // QUESTIONS + 1
        worth = "more answers would hardly help" if question.enough else gain(question, len(made.images))
        if question.before:
            worth = answered_before(question)
        count = f"question {self._answered + 1} of {rounds * QUESTIONS}"
        self._show_title(" · ".join(filter(None, (count, worth))))

    def _show_title(self, text: str) -> None:
        asked = "Which group?" if self._question is None or not self._question.pair else "The same group?"
        by = f" (by {visible(self._first.criterion)})" if self._first is not None else ""
        self.query_one("#teach-title", Static).update(
            Content.assemble((asked, "bold"), Content(by), (f"  {text}", "$muted"))
        )

    async def _rest(self) -> None:
        """After some questions in a row: another round, or enough."""
        self._resting = True
        self.refresh_bindings()
        await self.query_one("#large").remove_children()
        self.query_one("#which", Static).update("")
        self.query_one("#names", Static).update(
            Content.assemble(
                (" ⏎ ", "$mark bold"), f"{QUESTIONS} more\n", ("esc ", "$mark bold"), "that is enough"
            )
        )
        self._show_title(f"{amount(self._answered, 'question')} answered")

    async def _answer(self, said: str | bool | None) -> None:
        question, self._question = self._question, None  # deaf until the next one is on the screen
        if question is None:
            return
        self._taking = True
        try:
            await self._take(question, said)
        finally:
            self._taking = False
        if self._leaving:
            self.end()
        elif self._question is None:
            await self._look_closer()
            if said is not None and self._answered % QUESTIONS == 0:
                await self._rest()
            else:
                await self._ask()

    async def _look_closer(self) -> None:
        """Where it is time to, look at parts of the pictures; skip goes on without."""
        looks = await self.thread(self.desk.regions.cost, self._clustering, progress=self._job)
        if not looks:
            return
        from assistant.text.question_wording import closer_look_cost

        self.tell(sentence(f"{closer_look_cost(looks)}; s goes on without"))
        self._looking = Job("looking closer")
        self.refresh_bindings()
        shown = self.set_interval(0.5, self._show_looking)
        try:
            line = await self.thread(self.desk.regions.search, self._clustering, progress=self._looking)
        except Cancelled:
            line = "stopped looking closer; what was seen is kept"
        finally:
            shown.stop()
            self._looking = None
        self.tell(sentence(line))

    def _show_looking(self) -> None:
        if self._looking is not None:
            stage, done, total, _ = self._looking.state
            self._show_title(f"{stage} {done}/{total}")

    async def _take(self, question: "Question", said: str | bool | None) -> None:
        """Give the desk an answer and tell what it changed; where it is none, the question stays."""
        self.refresh_bindings()
        self._show_title("grouping")
        from assistant.text.question_wording import change_line

        before = await self.thread(self.desk.clusterings.get, self._clustering)
        try:
            after = await self.thread(
                self.desk.questions.answer, question.images, said, self._clustering, progress=self._job
            )
        except RegroupError as error:
            self._question = question
            self.refresh_bindings()
            self.tell(describe_error(error))
            return
        if said is not None:
            self._answered += 1
            remarks = await self.thread(self.desk.changes.remarks)
            self.tell("; ".join([change_line(before, after, "u takes it back"), *remarks]))
        else:
            self.tell("Skipped.")

    def tell(self, line: str) -> None:
        """Say what an answer did, or why there was none."""
        self.query_one("#told", Static).update(foreign(line, "$muted"))

    def end(self, line: str = "") -> None:
        """Back to the board, with a line about what was answered."""
        self.regroup.main.start(self._sum_up(line))
        self.regroup.main.reload()
        self.dismiss()

    async def _sum_up(self, line: str) -> None:
        """Say on the main screen what was answered here and what came of it."""
        from assistant.text.question_wording import change_line

        lines = [line]
        if self._answered and self._first is not None:
            made = await self.thread(self.desk.clusterings.get, self._clustering)
            groups = ", ".join(f"{visible(c.name)} {made.size(c.id)}" for c in made.clusters[:MOST_TOLD])
            more = f" and {len(made.clusters) - MOST_TOLD} more" if len(made.clusters) > MOST_TOLD else ""
            moved = change_line(self._first, made, "undo takes the answers back one by one")
            lines = [
                f"{amount(self._answered, 'question')} answered.",
                f"{sentence(moved)}. {sentence(visible(made.criterion))}: {groups}{more}.",
                line,
            ]
        if said := " ".join(filter(None, lines)):
            await self.regroup.main.leave(said)

    # -- keys ------------------------------------------------------------------------------------------

    def action_name(self, number: int) -> None:
        """It is in the group of this number."""
        if self._question is None:
            return
        names = self._question.names
        if self._question.pair:
            self.tell("That is no answer about two pictures: y for the same group, d for different ones.")
        elif number <= len(names):
            self.start(self._answer(names[number - 1]))
        else:
            keys = f"the keys are 1 to {len(names)}, and " if names else ""
            self.tell(f"There is no group {number}: {keys}n for a new group.")

    def action_new(self) -> None:
        """It is in a group that has no name yet."""
        self._prompt("Name of the new group")

    def action_type(self) -> None:
        """The name of a group, typed; after a round, another one."""
        if self._resting:
            self._resting = False
            self.start(self._ask())
            return
        self._prompt(NAMED)

    def on_key(self, event: Key) -> None:
        """A letter that is no key begins a name, as one would expect who types it."""
        typed = event.character or ""
        one = self._question is not None and not self._question.pair
        if one and typed.isalpha() and event.key not in self.active_bindings:
            event.stop()
            self._prompt(NAMED, typed)

    def _prompt(self, text: str, begun: str = "") -> None:
        def named(name: str | None) -> None:
            if name:
                self.start(self._named(name))

        self.app.push_screen(PromptScreen(text, begun, begun=bool(begun)), named)

    async def _named(self, name: str) -> None:
        """Answer with a name; where that is close to one that there is, it is asked which is meant."""
        names = self._question.names if self._question is not None else ()
        closed = self._question.closed if self._question is not None else ()
        if name.isdecimal() and 1 <= int(name) <= len(names):  # as the keys are, not as the board is
            name = names[int(name) - 1]
        near = spelling_suggestion(name, (*names, *closed))
        if near is not None:
            choices = [("near", foreign(near)), ("new", Content.assemble("a new group: ", foreign(name)))]
            asked = f"Did you mean {visible(near)}?"
            chosen = await self.app.push_screen_wait(ChooseScreen(asked, choices))
            if chosen is None:
                return
            name = near if chosen == "near" else name
        await self._answer(name)

    def action_same(self) -> None:
        """Both are of one group."""
        self.start(self._answer(True))

    def action_different(self) -> None:
        """They are of two groups."""
        self.start(self._answer(False))

    def action_skip(self) -> None:
        """No answer; it is not asked again. While it looks closer: go on without."""
        if self._looking is not None:
            self._looking.cancel()
        else:
            self.start(self._answer(None))

    def action_why(self) -> None:
        """Why this is asked."""
        from assistant.text.question_wording import reason

        if self._question is not None:
            self.tell(sentence(reason(self._question, len(self.desk.collection))))

    def action_undo(self) -> None:
        """Take the last answer back, and what it taught."""
        if not self._answered:
            self.tell("You have answered nothing here yet.")
        elif self._question is not None or self._resting:
            self._resting = False
            self.start(self._undo())

    async def _undo(self) -> None:
        self._question = None
        self.refresh_bindings()

        answered = await self.thread(self.desk.history.answered_last)
        self.tell(visible(await self.thread(self.desk.history.undo_answer)))
        self._answered -= answered
        await self._ask()

    def action_back(self) -> None:
        """Enough; an answer that is being taken counts first."""
        if self._taking:
            self._leaving = True
        else:
            self.end()


def choices(question: "Question") -> Content:
    """The names with their keys, or the two answers about two pictures."""
    if question.pair:
        rows = [("y", Content("the same group")), ("d", Content("different groups"))]
    else:
        keys = [str(n) if n <= KEYS else "" for n in range(1, len(question.names) + 1)]
        rows = [(key, foreign(name)) for key, name in zip(keys, question.names, strict=True)]
        rows += [
            ("n", Content.styled("a new group", "$muted")),
            ("⏎", Content.styled("its name; a letter that is no key begins it, too", "$muted")),
        ]
    return Content("\n").join(
        Content.assemble((f"{key:>2} ", "$mark bold"), text) for key, text in [*rows, ("s", Content("skip"))]
    )
