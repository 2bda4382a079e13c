"""Holds a lesson: questions about one picture and its group, or about two pictures; every answer regroups at once."""

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
from assistant.tui.key_bindings import bindings
from assistant.tui.screens.base import DeskScreen, describe_error
from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.picture_box import PictureBox
from tools.errors import Cancelled, RegroupError
from tools.names import amount, spelling_suggestion, visible

if TYPE_CHECKING:
    from assistant.tui.protocols import HostApp
    from tools.clustering.clustering import Clustering
    from tools.teach.question import Question

MAX_GROUPS = 12
"""The most groups that the summary of a lesson lists."""
NUMBER_KEYS = 9
"""The number of groups that have a key."""
NAME_QUESTION = "Which group does it belong to? (a name or a number)"
_ONE_PICTURE, _TWO_PICTURES = ("name", "new", "type"), ("same", "different")
"""The actions that answer a question about one picture, and about two."""


class TeachScreen(DeskScreen[None]):
    """Asks questions until the user ends the lesson. Keys count only while a question is on the screen.

    Args:
        clustering: The id of the clustering to improve.
    """

    place: ClassVar[Where] = "teach"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]

    def __init__(self, clustering: str) -> None:
        super().__init__()
        self._clustering = clustering
        self._question: Question | None = None  # the question on the screen
        self._answered = 0  # the number of answered questions
        self._first: Clustering | None = None  # the clustering before the first question
        self._between_rounds = False
        self._taking = False  # whether an answer is being taken
        self._leaving = False  # whether to leave after that answer
        self._job = Job("thinking")
        self._region_search: Job | None = None

    @classmethod
    def open(cls, app: "HostApp") -> None:
        """Ask about the clustering on the board, unless there is none or other work is running."""
        main = app.main
        if main.job is not None:
            main.show_status("still working; ctrl+c cancels")
        elif main.clustering_id is None:
            main.show_status("there are no groups yet; say what to group by")
        else:
            app.show_screen(cls(main.clustering_id))

    def compose(self) -> ComposeResult:
        yield Static("", id="teach-title", markup=False)
        with Horizontal(id="look"):
            yield Horizontal(id="large")
            with VerticalScroll(id="about", can_focus=False):
                yield Static("", id="which", markup=False)
                yield Static("", id="names", markup=False)
                yield Static("", id="feedback", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Ask the first question."""
        self.host.main.lesson_began()
        self.start(self._ask())

    def on_unmount(self) -> None:
        """Stop the running work, for which nobody waits any more."""
        self._job.cancel()
        if self._region_search is not None:
            self._region_search.cancel()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable names for one picture, same and different for two."""
        if self._question is None:
            if action == "type":
                return self._between_rounds
            if action == "skip":
                return self._region_search is not None
            return action not in (*_ONE_PICTURE, *_TWO_PICTURES, "why")
        return action not in (("new", "type") if self._question.pair else _TWO_PICTURES)

    # -- asking ----------------------------------------------------------------------------------------

    async def _ask(self) -> None:
        self._show_title("thinking of a question")
        clustering = await self.thread(self.desk.clusterings.get, self._clustering)
        self._first = self._first or clustering
        question = await self.thread(self.desk.questions.ask, self._clustering, progress=self._job)
        if question is None:
            self.end("Nothing is left that is worth asking.")
            return
        large = self.query_one("#large")
        await large.remove_children()
        await large.mount_all(PictureBox(sha, full=True) for sha in question.images)
        self._question = question
        self.refresh_bindings()
        self.query_one("#names", Static).update(answer_keys(question))
        files = [
            f"#{self.desk.collection.number(image)} {self.desk.collection.by_id(image).path.as_posix()}"
            for image in question.images
        ]
        self.query_one("#which", Static).update(foreign(" and ".join(files), "$muted"))
        from assistant.text.question_wording import answered_before, gain

        rounds = self._answered // QUESTIONS + 1
        worth = (
            "more answers would hardly help" if question.enough else gain(question, len(clustering.images))
        )
        if question.before:
            worth = answered_before(question)
        count = f"question {self._answered + 1} of {rounds * QUESTIONS}"
        self._show_title(" · ".join(filter(None, (count, worth))))

    def _show_title(self, text: str) -> None:
        pair = self._question is not None and self._question.pair
        question_text = "The same group?" if pair else "Which group?"
        by = f" (by {visible(self._first.criterion)})" if self._first is not None else ""
        self.query_one("#teach-title", Static).update(
            Content.assemble((question_text, "bold"), Content(by), (f"  {text}", "$muted"))
        )

    async def _end_round(self) -> None:
        """Offer another round of questions, or to leave."""
        self._between_rounds = True
        self.refresh_bindings()
        await self.query_one("#large").remove_children()
        self.query_one("#which", Static).update("")
        self.query_one("#names", Static).update(
            Content.assemble(
                (" ⏎ ", "$mark bold"), f"{QUESTIONS} more\n", ("esc ", "$mark bold"), "that is enough"
            )
        )
        self._show_title(f"{amount(self._answered, 'question')} answered")

    async def _answer(self, answer: str | bool | None) -> None:
        question, self._question = (
            self._question,
            None,
        )  # no answer counts until the next one is on the screen
        if question is None:
            return
        self._taking = True
        try:
            await self._take(question, answer)
        finally:
            self._taking = False
        if self._leaving:
            self.end()
        elif self._question is None:
            await self._search_regions()
            if answer is not None and self._answered % QUESTIONS == 0:
                await self._end_round()
            else:
                await self._ask()

    async def _search_regions(self) -> None:
        """Search regions of the pictures if that is due; the skip key ends the search."""
        regions = await self.thread(self.desk.regions.cost, self._clustering, progress=self._job)
        if not regions:
            return
        from assistant.text.question_wording import closer_look_cost

        self.show_feedback(sentence(f"{closer_look_cost(regions)}; s skips it"))
        self._region_search = Job("looking closer")
        self.refresh_bindings()
        timer = self.set_interval(0.5, self._show_search)
        try:
            line = await self.thread(self.desk.regions.search, self._clustering, progress=self._region_search)
        except Cancelled:
            line = "stopped looking closer; what was seen is kept"
        finally:
            timer.stop()
            self._region_search = None
        self.show_feedback(sentence(line))

    def _show_search(self) -> None:
        if self._region_search is not None:
            stage, done, total, _ = self._region_search.state
            self._show_title(f"{stage} {done}/{total}")

    async def _take(self, question: "Question", answer: str | bool | None) -> None:
        """Give the desk an answer and show what it changed; the question stays where the desk refuses the answer."""
        self.refresh_bindings()
        self._show_title("grouping")
        from assistant.text.question_wording import change_line

        before = await self.thread(self.desk.clusterings.get, self._clustering)
        try:
            after = await self.thread(
                self.desk.questions.answer, question.images, answer, self._clustering, progress=self._job
            )
        except RegroupError as error:
            self._question = question
            self.refresh_bindings()
            self.show_feedback(describe_error(error))
            return
        if answer is not None:
            self._answered += 1
            remarks = await self.thread(self.desk.changes.remarks)
            self.show_feedback("; ".join([change_line(before, after, "u takes it back"), *remarks]))
        else:
            self.show_feedback("Skipped.")

    def show_feedback(self, line: str) -> None:
        """Show what an answer changed, or why there was none."""
        self.query_one("#feedback", Static).update(foreign(line, "$muted"))

    def end(self, line: str = "") -> None:
        """Go back to the board, with a summary of the lesson; `line` says why there is no further question."""
        main = self.host.main
        main.start(self._sum_up(line))
        main.reload_board()
        self.dismiss()
        main.lesson_ended(self._clustering)

    async def _sum_up(self, line: str) -> None:
        """Leave a note on the main screen with the number of answers and what they changed."""
        from assistant.text.question_wording import change_line

        lines = [line]
        if self._answered and self._first is not None:
            clustering = await self.thread(self.desk.clusterings.get, self._clustering)
            groups = ", ".join(
                f"{visible(c.name)} {clustering.size(c.id)}" for c in clustering.clusters[:MAX_GROUPS]
            )
            more = (
                f" and {len(clustering.clusters) - MAX_GROUPS} more"
                if len(clustering.clusters) > MAX_GROUPS
                else ""
            )
            moved = change_line(self._first, clustering, "undo takes the answers back one by one")
            lines = [
                f"{amount(self._answered, 'question')} answered.",
                f"{sentence(moved)}. {sentence(visible(clustering.criterion))}: {groups}{more}.",
                line,
            ]
        if summary := " ".join(filter(None, lines)):
            await self.host.main.keep_note(summary)

    # -- keys ------------------------------------------------------------------------------------------

    def action_name(self, number: int) -> None:
        """Answer with the group of this number."""
        if self._question is None:
            return
        names = self._question.names
        if self._question.pair:
            self.show_feedback(
                "Two pictures need another answer: y for the same group, d for different ones."
            )
        elif number <= len(names):
            self.start(self._answer(names[number - 1]))
        else:
            keys = f"the keys are 1 to {len(names)}, and " if names else ""
            self.show_feedback(f"There is no group {number}: {keys}n for a new group.")

    def action_new(self) -> None:
        """Ask for the name of a new group."""
        self._prompt("Name of the new group")

    def action_type(self) -> None:
        """Ask for the name of a group; after a round, begin another one."""
        if self._between_rounds:
            self._between_rounds = False
            self.start(self._ask())
            return
        self._prompt(NAME_QUESTION)

    def on_key(self, event: Key) -> None:
        """Begin a name with a letter that is not a key."""
        typed = event.character or ""
        one_picture = self._question is not None and not self._question.pair
        if one_picture and typed.isalpha() and event.key not in self.active_bindings:
            event.stop()
            self._prompt(NAME_QUESTION, typed)

    def _prompt(self, text: str, begun: str = "") -> None:
        def named(name: str | None) -> None:
            if name:
                self.start(self._named(name))

        self.app.push_screen(PromptScreen(text, begun, begun=bool(begun)), named)

    async def _named(self, name: str) -> None:
        """Answer with a name or the number of a key; ask about a name that may be misspelt."""
        names = self._question.names if self._question is not None else ()
        closed = self._question.closed if self._question is not None else ()
        if name.isdecimal() and 1 <= int(name) <= len(names):  # numbered like the keys, not like the board
            name = names[int(name) - 1]
        near = spelling_suggestion(name, (*names, *closed))
        if near is not None:
            choices = [("near", foreign(near)), ("new", Content.assemble("a new group: ", foreign(name)))]
            question_text = f"Did you mean {visible(near)}?"
            chosen = await self.ask(ChoiceScreen(question_text, choices))
            if chosen is None:
                return
            name = near if chosen == "near" else name
        await self._answer(name)

    def action_same(self) -> None:
        """Answer that both pictures belong to the same group."""
        self.start(self._answer(True))

    def action_different(self) -> None:
        """Answer that the pictures belong to different groups."""
        self.start(self._answer(False))

    def action_skip(self) -> None:
        """Skip the question for good; while regions are searched, go on without the search."""
        if self._region_search is not None:
            self._region_search.cancel()
        else:
            self.start(self._answer(None))

    def action_why(self) -> None:
        """Show why this question is asked."""
        from assistant.text.question_wording import reason

        if self._question is not None:
            self.show_feedback(sentence(reason(self._question, len(self.desk.collection))))

    def action_undo(self) -> None:
        """Undo the last answer and what was learned from it."""
        if not self._answered:
            self.show_feedback("You have answered nothing here yet.")
        elif self._question is not None or self._between_rounds:
            self._between_rounds = False
            self.start(self._undo())

    async def _undo(self) -> None:
        self._question = None
        self.refresh_bindings()

        answered = await self.thread(self.desk.history.answered_last)
        self.show_feedback(visible(await self.thread(self.desk.history.undo_answer)))
        self._answered -= answered
        await self._ask()

    def action_back(self) -> None:
        """End the lesson, after the answer that is being taken."""
        if self._taking:
            self._leaving = True
        else:
            self.end()


def answer_keys(question: "Question") -> Content:
    """Return the answers to a question with their keys, a line each."""
    if question.pair:
        rows = [("y", Content("the same group")), ("d", Content("different groups"))]
    else:
        keys = [str(n) if n <= NUMBER_KEYS else "" for n in range(1, len(question.names) + 1)]
        rows = [(key, foreign(name)) for key, name in zip(keys, question.names, strict=True)]
        rows += [
            ("n", Content.styled("a new group", "$muted")),
            ("⏎", Content.styled("its name; a letter that is no key begins it, too", "$muted")),
        ]
    return Content("\n").join(
        Content.assemble((f"{key:>2} ", "$mark bold"), text) for key, text in [*rows, ("s", Content("skip"))]
    )
