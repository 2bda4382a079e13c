"""The tools that ask, take answers and edits that last, explain, and compare. What is in their docstrings is what a
chat model reads."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

from assistant.agent import arguments, wording
from assistant.desk.last_answer import undo_last_answer
from assistant.text.commands import TUNE
from assistant.text.formatting import sentence, unread
from assistant.text.questions import asked, changed, moves, renamed, why
from assistant.text.typed_answers import QUESTIONS, again, cleared, did_you_mean, misspelt, reply
from tools.clustering import UNSORTED
from tools.errors import UsageError
from tools.names import amount, quoted, visible
from tools.progress import Progress, silent
from tools.teach.question import Question

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.clustering import Clustering

Result = tuple[str, Any]

PROGRESS: ContextVar[Progress] = ContextVar("progress", default=silent)
"""How the tool that runs in this thread tells how far it is."""


class Refining:
    """Part of the toolbox; see `assistant.agent.toolbox.Toolbox`."""

    desk: "Desk"
    teaches: bool = False
    """Whether somebody else shows the pictures and asks; then no question is asked in words here."""
    _open: tuple[str, Question] | None = None
    """The clustering and the question that waits for an answer."""
    _left: int = 0
    _unread: int = 0
    """So many unreadable files the person was told of: the greeting names those that were known by then."""
    _doubt: tuple[str, str] | None = None
    """A new group's name that was said last, and the one that there is and that it is close to."""

    @property
    def question(self) -> Question | None:
        """The question that waits for an answer."""
        return self._open[1] if self._open else None

    SCHEMAS: ClassVar[dict[str, type[arguments.Arguments]]] = {
        "ask_me": arguments.Nothing,
        "answer": arguments.Answer,
        "tune": arguments.Nothing,
        "keep_together": arguments.Together,
        "keep_apart": arguments.Together,
        "more_like": arguments.MoreLike,
        "lock_group": arguments.LockGroup,
        "change_number": arguments.ChangeNumber,
        "describe_group": arguments.DescribeGroup,
        "what_if": arguments.WhatIf,
        "history": arguments.Nothing,
        "snapshot": arguments.Named,
        "as_before": arguments.AsBefore,
        "branch": arguments.Named,
        "compare": arguments.Two,
        "cross": arguments.Two,
    }

    # --- questions and answers ---

    def ask_me(self) -> Result:
        """Ask the person a few quick questions about single images, so that the current grouping becomes right. Use it
        when they ask to be asked, agree to be asked, or want to teach what they mean."""
        if not self.desk.clusterings():
            raise UsageError('nothing is grouped yet; say for example "group by emotion"')
        made = self.desk.clustering()
        if self.teaches:
            self._open, self._left = None, 0
            told = f"Questions about {quoted(made.criterion)}, each with its picture: they are on the screen."
            return told, {"clustering": made.id, "teach": made.id}
        self._left = QUESTIONS
        return self._next(made.id)

    def answer(self, said: str) -> Result:
        """Pass on what the person said to the question that was asked last: a group's number or name, "new NAME",
        "same" or "different", "skip", "why", "undo" or "stop". Only while a question is open."""
        if self._open is None:
            raise UsageError('no question is open; say "ask me" to be asked')
        clustering, question = self._open
        doubt, self._doubt = self._doubt, None
        understood = (cleared(said, *doubt) if doubt else None) or reply(said, question)
        near = misspelt(understood, question)
        if understood is not None and near and (doubt is None or understood.said != doubt[0]):
            self._doubt = str(understood.said), near
            return self._told_question(clustering, question, sentence(did_you_mean(*self._doubt)))
        match understood.kind if understood else "":
            case "why":
                return self._told_question(
                    clustering, question, why(question, len(self.desk.clustering(clustering).images))
                )
            case "vague":
                return self._told_question(clustering, question, sentence(again(said)))
            case "stop":
                return self._over(clustering)
            case "undo":
                return self._next(clustering, visible(undo_last_answer(self.desk)))
            case "skip":
                self.desk.answer(question.images, None, clustering)
                return self._next(clustering, "Skipped.")
            case "answer" if understood is not None:
                before = self.desk.clustering(clustering)
                try:
                    self.desk.answer(question.images, understood.said, clustering, PROGRESS.get())
                except UsageError as error:  # the question stays: what was said is not lost without a word
                    refused = f"Not taken: {error}. Another answer, or s to skip."
                    return self._told_question(clustering, question, visible(refused))
                self._left -= 1
                told = [*self.desk.remarks(), changed(before, self.desk.clustering(clustering)) + "."]
                return self._next(clustering, " ".join(told))
        return self._told_question(clustering, question, f"{quoted(said)} is no answer to that.")

    def tune(self) -> Result:
        """Tune the features to all that the person said about images under the current grouping, which takes up to a
        minute. Only when they ask to tune, or to learn or train thoroughly; to be asked questions is ask_me."""
        done = self.desk.tune(progress=PROGRESS.get())
        told = sentence(done.line)
        if not done.kept:
            return told, {}
        text, ids = self._changed(self.desk.clustering())
        return f"{told}\n{text}", ids

    # --- what holds from now on ---

    def keep_together(self, images: list[str]) -> Result:
        """The person says that single images belong together, whatever their group is called: it holds in every later
        grouping."""
        before = self.desk.clustering()
        return self._changed(self.desk.link(images), before)

    def keep_apart(self, images: list[str]) -> Result:
        """The person says that single images must not be in one group: the first apart from each of the others."""
        if len(images) < 2:
            raise UsageError("it takes two images to be apart; name both, such as #3 and #7")
        before = self.desk.clustering()
        return self._changed(self.desk.cut(images[0], images[1:]), before)

    def more_like(self, images: list[str], to: str | None = None) -> Result:
        """Find the images that are most like some; with a group, move all of them there."""
        found = self.desk.more_like(images, to, progress=PROGRESS.get())
        shown = ", ".join(f"#{self.desk.collection.number(image)}" for image in found) or "none"
        if to is None:
            return f"Most like {visible(', '.join(images))}: {shown}.", {"images": list(found)}
        if not found:
            return "Nothing else is like these; nothing was moved.", {"images": []}
        text, ids = self._changed(self.desk.clustering())
        return f"Moved with {shown}, which are like it.\n{text}", ids

    def lock_group(self, cluster: str, locked: bool = True) -> Result:
        """Lock a group of the current grouping, so that nothing changes its images or its name; or unlock it."""
        made = self.desk.lock(cluster, locked)
        name = quoted(self.desk.find_cluster(cluster, made.id).name)
        how = "is locked: nothing changes its images or its name" if locked else "is open to changes again"
        told, ids = self._changed(made)
        return f"{name} {how}.\n{told}", ids

    def change_number(self, direction: str) -> Result:
        """Make the current grouping coarser (fewer groups) or finer (more groups), where no number is said."""
        change = self.desk.fewer if direction == "fewer" else self.desk.more
        return self._changed(change(progress=PROGRESS.get()))

    # --- why, and what if ---

    def describe_group(self, cluster: str) -> Result:
        """Say what the images of one group have in common and what sets the group apart from the others."""
        found = self.desk.find_cluster(cluster)
        return self.desk.explain_cluster(found.id, progress=PROGRESS.get()), {"cluster": found.id}

    def what_if(self, image: str) -> Result:
        """Say what would change if the person had not said what they said about an image. Changes nothing."""
        effect = self.desk.without(image, progress=PROGRESS.get())
        told = "; ".join(effect.said)
        if not effect.moved:
            return f"Without that ({told}) nothing would change.", {}
        shown = [
            f"#{self.desk.collection.number(i)} to {quoted(to)}"
            for i, to in zip(effect.moved[:10], effect.to, strict=False)
        ]
        more = f" and {len(effect.moved) - 10} more" if len(effect.moved) > 10 else ""
        return (
            f"Without that ({told}) {amount(len(effect.moved), 'image')} would move: {', '.join(shown)}{more}.",
            {"images": list(effect.moved)},
        )

    # --- back, and side by side ---

    def history(self) -> Result:
        """Show what was done to this collection so far, the newest last, with the numbers to go back to."""
        entries = self.desk.history()
        lines = [
            f"  {e.number}. {visible(e.text)}{'' if e.in_force or e.kind in ('undo', 'redo') else ' (undone)'}"
            for e in entries[-wording.MOST_IMAGES :]
        ]
        if (earlier := len(entries) - len(lines)) > 0:
            lines.insert(0, f"  ({amount(earlier, 'earlier step')}: regroup log shows all)")
        return "\n".join(["What was done:", *lines]) if lines else "Nothing was done yet.", {}

    def snapshot(self, name: str) -> Result:
        """Keep the current grouping as it is now under a name, so that the person can come back to it."""
        return f"{self.desk.snapshot(name).text}; say {quoted(f'as in {name}')} to come back to it.", {}

    def as_before(self, moment: str) -> Result:
        """Bring the grouping back as it was at a snapshot, by its name, or right after a step of the history, by its
        number. To take back only the last change, use undo."""
        return self._changed(self.desk.as_before(moment))

    def branch(self, name: str) -> Result:
        """Copy the current grouping under a name, so that the person can try something else on the copy."""
        return self._changed(self.desk.branch(name))

    def compare(self, first: str, second: str) -> Result:
        """Show two groupings side by side: how many images their groups share."""
        found = self.desk.compare(first, second)
        return wording.comparison(found.a, found.b, found.table, found.agreement), {"clustering": found.a.id}

    def cross(self, first: str, second: str) -> Result:
        """Combine two groupings into one with a group for each pair, such as emotion and colour; on export, folders in
        folders."""
        for criterion in (first, second):
            if not self.desk.has(criterion):
                quote = self.desk.quote(criterion)
                if quote is not None and quote.needed:
                    raise UsageError(f"group by {quoted(criterion)} first, then cross the two")
                self.desk.group(criterion, progress=PROGRESS.get())
        return self._changed(self.desk.cross(first, second))

    # --- inside ---

    def placed_already(self, images: list[str], to: str, out_of: str | None) -> str | None:
        """Where the images are, if they are there already, or not in the group that they are to leave."""
        made = self.desk.clustering()
        found = self.desk.find_images(images)
        places = {image: made.place(image) for image in found}
        if out_of is not None:
            left = made.index(self.desk.find_cluster(out_of).id)
            if left in places.values():
                return None
            told = f"not in {quoted(made.clusters[left].name)}"
        else:
            try:
                there = (
                    UNSORTED
                    if to.strip().casefold() == "unsorted"
                    else made.index(self.desk.find_cluster(to).id)
                )
            except UsageError:
                return None  # a new group
            if set(places.values()) != {there}:
                return None
            told = "so nothing was moved"
        each = wording.places(made, self.desk.collection, found)
        return f"{each}, {told}."

    def _changed(self, clustering: "Clustering", before: "Clustering | None" = None) -> Result:
        """A grouping that was changed; with the one before also what moved in it."""
        ids: dict[str, Any] = {
            "clustering": clustering.id,
            "changed": True,
            "groups": len(clustering.clusters),
        }
        lines = self.desk.remarks()
        if before is not None:
            each = moves(self.desk.collection, before, clustering)
            lines += [each, *renamed(before, clustering)] if each else [changed(before, clustering)]
        told = "".join(f"{visible(sentence(line))}.\n" for line in lines if line) + self._told(clustering)
        return told, ids

    def _told(self, clustering: "Clustering") -> str:
        """A grouping, the images without an answer, and what asking came to so far."""
        failures, asked = self.desk.failures(clustering.criterion), self.desk.asked()
        unsorted = self.desk.looked and len(clustering.unsorted())
        why = wording.faceless(clustering, self.desk.look()) if unsorted else ""
        told = wording.grouping(clustering) + why + wording.failures(failures) + wording.asked(asked)
        collection = self.desk.collection
        if len(collection.unreadable) > self._unread:  # found out only now, when they were looked at
            self._unread = len(collection.unreadable)
            told += f"\n{unread(collection)}"
        return told

    def _next(self, clustering: str, told: str = "") -> Result:
        """What an answer came to, and the next question."""
        if self._left > 0 and self.desk.closer(clustering, PROGRESS.get()):
            self._open = None  # it was answered, also where looking is stopped
            told = f"{told} {sentence(self.desk.look_closer(clustering, PROGRESS.get()))}".strip()
        question = self.desk.ask(clustering, progress=PROGRESS.get()) if self._left > 0 else None
        if question is None:
            return self._over(clustering, told)
        self._doubt = None
        if question.enough:
            told = f"{told} More answers would hardly help; q ends.".strip()
        self._open = clustering, question
        return self._told_question(clustering, question, told)

    def _told_question(self, clustering: str, question: Question, told: str) -> Result:
        lines = [told] if told else []
        lines += asked(self.desk, clustering, question)
        ids = {
            "clustering": clustering, "changed": bool(told),
            "question": {"images": list(question.images), "names": list(question.names)},
        }  # fmt: skip
        return "\n".join(lines), ids

    def _over(self, clustering: str, told: str = "") -> Result:
        self._open, self._left = None, 0
        text, ids = self._changed(self.desk.clustering(clustering))
        if self.desk.worth_tuning(clustering):
            text += f"\nThere are answers enough to learn from slowly: say {quoted(TUNE)}, it takes up to a minute."
        return f"{told}\n{text}".strip(), ids
