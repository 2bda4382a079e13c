"""Says what the user can be asked to approve, what the decision is, and how a typed sentence decides."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assistant.agent.builtin.lexicon import Quotes, plain
from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.changed_export import ExportChange, changed_export
from assistant.desk.plan_step import PlanStep
from assistant.desk.planning import LEAST_SECONDS
from assistant.text.yes_no import says_no, says_yes, takes_back
from tools.export.list_order import By, without_number
from tools.export.plan import Form, Mode, Plan, Source
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.models.consent import Quote

MOST_LISTED = 500
"""The most files that an approval lists of each sort."""
LONGEST = 1000
"""The most characters of a typed sentence that can decide; a longer one is a new request."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CriterionOption(_Data):
    """Offers one proposed criterion. `quality` is in [0, 1]; `groups` are the names of its groups with their sizes."""

    criterion: str
    why: str = ""
    quality: float = 0.0
    groups: list[tuple[str, int]] = Field(default_factory=list)


class CriteriaApproval(_Data):
    """Asks which of the proposed criteria to group by. `basis` says what a language model read for them, or is ""."""

    kind: Literal["criteria"] = "criteria"
    options: list[CriterionOption]
    basis: str = ""


class ExportApproval(_Data):
    """Asks whether the folders or files of an export may be written.

    `bytes` is the size of the copies; `left` are the files that stay where they are, each with the reason;
    `numbered` are the files whose name was taken, as (folder and new name, old name); `only` are the ids of the
    groups that are written, empty for all.

    `form` is what is made of the groups, and `also` are the ids of further groupings in it. `written` are the files
    that are written, each with what becomes of it; `tags` are the keywords with their numbers of pictures, and
    `digest` stands for which file goes where, and for what the files that are written hold. Of the `sidecars`,
    `added_to` are there already.

    `adds` is whether folders are added to what is in the target; `into` are then the folders that are there already,
    and `placed` are the files, as (folder and new name, where it is now). `order` is by what the numbers before all
    names are in order, or "".
    """

    kind: Literal["export"] = "export"
    clustering: str
    target: str
    mode: Mode
    folders: list[tuple[str, int]]
    files: int
    bytes: int
    renamed: int
    left: list[tuple[str, str]] = Field(default_factory=list)
    numbered: list[tuple[str, str]] = Field(default_factory=list)
    only: list[str] = Field(default_factory=list)
    companions: int = 0
    sources: list[str] = Field(default_factory=list)
    form: Form = "folders"
    also: list[str] = Field(default_factory=list)
    written: list[tuple[str, str]] = Field(default_factory=list)
    sidecars: int = 0
    added_to: int = 0
    tags: list[tuple[str, int]] = Field(default_factory=list)
    digest: str = ""
    adds: bool = False
    into: list[str] = Field(default_factory=list)
    placed: list[tuple[str, str]] = Field(default_factory=list)
    order: By | Literal[""] = ""

    @classmethod
    def of(cls, plan: Plan) -> "ExportApproval":
        """Return the approval that a plan needs. Plans that would do the same give equal approvals."""
        left = [(visible(str(path)), visible(why)) for path, why in plan.left]
        if len(left) > MOST_LISTED:
            left = [*left[:MOST_LISTED], ("...", f"and {len(left) - MOST_LISTED} more")]
        return cls(
            clustering=plan.clustering,
            target=str(plan.target),
            mode=plan.mode,
            folders=[(name, count) for name, count in plan.folders],
            files=len(plan.entries),
            bytes=plan.bytes,
            renamed=plan.renamed,
            left=left,
            numbered=numbered(plan)[:MOST_LISTED],
            only=list(plan.only),
            companions=plan.companions,
            sources=sources(plan.sources),
            form=plan.form,
            also=list(plan.also),
            written=written(plan)[:MOST_LISTED],
            sidecars=len(plan.texts) if plan.form == "tags" else 0,
            added_to=sum(bool(text.before) for text in plan.texts),
            tags=[(visible(name), count) for name, count in plan.tags],
            digest=plan.digest,
            adds=plan.adds,
            into=list(plan.into),
            placed=placed(plan)[:MOST_LISTED],
            order="" if plan.order is None else plan.order.by,
        )


class UndoApproval(_Data):
    """Asks whether an export may be taken back.

    `event` is its number in the journal and `text` says what it did; `files` are taken out of `target`, and where they
    were moved, they return to where they were under `folder`.
    """

    kind: Literal["undo"] = "undo"
    event: int
    text: str
    mode: Mode
    files: int
    target: str
    folder: str
    form: Form = "folders"


def sources(folders: Sequence[Source]) -> list[str]:
    """Return the folders that files are moved out of, in words, those first that are not only the user's own."""
    first = sorted(folders, key=lambda source: not source.inside)
    lines = [str(source) for source in first]
    if len(lines) > MOST_LISTED:
        lines = [*lines[:MOST_LISTED], f"and {amount(len(lines) - MOST_LISTED, 'more folder')}"]
    return lines


def written(plan: Plan) -> list[tuple[str, str]]:
    """Return the files that an export writes itself, as (path, what becomes of it)."""
    return [
        (visible(str(text.path)), "added to; all else in it stays" if text.before else "new")
        for text in plan.texts
    ]


def numbered(plan: Plan) -> list[tuple[str, str]]:
    """Return the files of a plan that get a number, as (folder and new name, old name)."""
    return [
        (visible(entry.destination.as_posix()), visible(entry.source.name))
        for entry in plan.entries
        if entry.source.name
        != (without_number(entry.destination.name) if plan.order else entry.destination.name)
    ]


def placed(plan: Plan) -> list[tuple[str, str]]:
    """Return where each picture goes where files are added to a folder, as (folder and new name, where it is now)."""
    return [
        (visible(entry.destination.as_posix()), visible(str(entry.source)))
        for entry in plan.entries
        if plan.adds and entry.of is None
    ]


class SendApproval(_Data):
    """Asks whether pictures of this collection may be sent to a host that describes them.

    `images` and `bytes` are sent now; the consent holds for `collection` images. `cost` says what that costs, or why
    the cost is not known. Afterwards the collection is grouped by `criteria`, into `groups` groups,
    by `method`. `judging` is whether the host judges images rather than describes them.
    """

    kind: Literal["send"] = "send"
    origin: str
    host: str
    model: str
    images: int
    bytes: int
    collection: int
    tokens: int
    cost: str
    criteria: list[str]
    groups: int | None = None
    method: str | None = None
    judging: bool = False

    @classmethod
    def of(
        cls,
        quote: "Quote",
        criteria: list[str],
        groups: int | None,
        method: str | None = None,
        judging: bool = False,
    ) -> "SendApproval":
        """Return the approval that a quote needs."""
        estimate, sending = quote.estimate, quote.sending
        return cls(
            origin=sending.origin,
            host=sending.host,
            model=sending.model,
            images=estimate.images,
            bytes=estimate.bytes,
            collection=sending.images,
            tokens=estimate.tokens_per_image,
            cost=estimate.money,
            criteria=criteria,
            groups=groups,
            method=method,
            judging=judging,
        )

    @property
    def encrypted(self) -> bool:
        """Return whether the pictures are encrypted on their way."""
        return not self.origin.startswith("http://")


class PlanApproval(_Data):
    """Asks once whether the steps of a plan may be carried out, and whether what they need may be sent to hosts.

    It holds for the calls of the steps and for `seconds` in all. Before a step takes more, the rest of the plan is
    asked about again, and `over` says of what it would have taken too much.
    """

    kind: Literal["plan"] = "plan"
    criterion: str
    steps: list[PlanStep]
    sends: list[SendApproval] = Field(default_factory=list)
    seconds: float = Field(default=LEAST_SECONDS, gt=0)  # one that waited in an older version has none
    over: str = ""


Approval = CriteriaApproval | ExportApproval | PlanApproval | SendApproval | UndoApproval
_ADAPTER: TypeAdapter[Approval] = TypeAdapter(Annotated[Approval, Field(discriminator="kind")])


def approval_from_json(data: dict[str, Any]) -> Approval:
    """Return the approval that the conversation keeps as JSON. Raises pydantic's ValidationError for other data."""
    return _ADAPTER.validate_python(data)


class Decision(_Data):
    """Says what the user decided about an approval.

    Attributes:
        accept: Whether the user accepted.
        criteria: The criteria to group by, also ones that were not proposed; empty means all proposed ones.
        reason: The user's reason for a rejection, which the brain reads.
        utterance: The sentence by which the user decided; "" for a decision by key.
        goes_on: Whether `utterance` is also the next request.
        aside: Whether `utterance` is a question, which decides nothing: once it is answered, the person is asked again.
        change: What is different about an export, which is planned and asked about again; None where nothing is.
    """

    accept: bool
    criteria: list[str] = Field(default_factory=list)
    reason: str = ""
    utterance: str = ""
    goes_on: bool = False
    aside: bool = False
    change: ExportChange | None = None


FORM_WORDS = {
    "tags": "tags",
    "csv": "csv",
    "jsonl": "json lines",
    "coco": "coco",
    "imagefolder": "a hugging face dataset",
}
"""Maps the forms of an export to the words that follow "export as"."""
_ALL = re.compile(
    r"(?:(?:yes|ok|okay|sure)[, ]+)?(?:all(?: of (?:them|it|these))?|everything|every one|both|take (?:them )?all"
    r"|accept (?:all|them))",
    re.IGNORECASE,
)
_NONE = re.compile(r"(?:no[, ]+)?none of (?:them|these|it)", re.IGNORECASE)
_ONLY = re.compile(
    r"(?P<only>(?:yes[, ]+)?(?:but )?(?:only|just)|take|use|accept|i(?:'d)? (?:want|take|like))"
    r"(?: only| just)?(?: by)?\s+(?P<list>.+)",
    re.I,
)
_BUT = re.compile(
    r"(?:all|everything|every one|all of them)[, ]+(?:but|except(?: for)?|without)\s+(?P<list>.+)", re.I
)
_BACK = re.compile(
    r"(?:(?:yes|ok|okay|sure)[, ]+)?(?:please )?(?:undo(?: (?:it|that|the export))?"
    r"|(?:take|put|bring|move) (?:it|them|that|the files|the export)(?: all)? back)(?: please)?",
    re.I,
)
_WITHOUT = re.compile(
    r"(?:(?:yes|ok|okay|sure)[, ]+)?(?:but )?(?:without|skip|leave out|no|not) (?P<steps>.+)", re.IGNORECASE
)
_FIRST = re.compile(
    r"(?:(?:not yet|wait|hold on|one moment|no|but|ok|please)[,.!;:]* +)*"
    r"(?P<what>(?:rename|call|merge|split|move #|lock|unlock|undo|show) ?.+?),? (?:first|before that)",
    re.IGNORECASE,
)
"""Matches what is to be done before an export that waits: "not yet, rename 2 to hats first"."""
_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def typed(text: str, approval: Approval, names: Sequence[str] = ()) -> Decision:
    """Read the decision in a sentence that was typed while an approval waits.

    "yes" accepts and "no" rejects; "emotion and 3", "only hair colour" or "all but pose" accept those criteria.
    A question decides nothing. "as links", "only the sad ones" and "to ~/other" change an export, which is asked about
    again; so do "and the sad ones" and "not those, the sad ones", where `names` are the groups that there are.
    Anything else rejects, and the text is both the reason and the next request.
    """
    if len(text) > LONGEST:
        return Decision(accept=False, reason=text[:LONGEST], utterance=text, goes_on=True)
    if takes_back(text):
        return Decision(accept=False, reason=text, utterance=text)
    if mood(text) is Mood.QUESTION:
        return Decision(accept=False, reason=text, utterance=text, aside=True)
    quotes = Quotes()
    raw = " ".join(quotes.hide(text).split()).strip(" .!?")
    bare = plain(raw) or raw
    change: ExportChange | None = None
    if isinstance(approval, ExportApproval):
        change = changed_export(raw, quotes, names) or changed_export(bare, quotes, names)
    if isinstance(approval, ExportApproval) and (match := _FIRST.fullmatch(raw)):
        return Decision(accept=False, reason=text, utterance=quotes.quote(match["what"]), aside=True)
    if text.rstrip().endswith("?"):  # "could you add the sad ones?" is a request
        return Decision(accept=False, reason=text, utterance=text, change=change, goes_on=change is None)
    criteria = isinstance(
        approval, CriteriaApproval
    )  # "all of them" and "both" are about criteria, never about files
    repeated = isinstance(approval, UndoApproval) and _BACK.fullmatch(raw)
    if says_yes(raw) or repeated or (criteria and _ALL.fullmatch(raw)):
        return Decision(accept=True, utterance=text)
    if says_no(raw) or _NONE.fullmatch(raw):
        return Decision(accept=False, reason=text, utterance=text)
    if change is not None:
        return Decision(accept=False, reason=text, utterance=text, change=change)
    if isinstance(approval, PlanApproval) and (match := _WITHOUT.fullmatch(raw)):
        changed = f"make a plan by {quotes.quote(approval.criterion)} without {quotes.show(match['steps'])}"
        return Decision(accept=False, reason=text, utterance=changed, goes_on=True)
    if isinstance(approval, CriteriaApproval) and (chosen := _chosen(bare, approval, quotes)):
        return Decision(accept=True, criteria=chosen, utterance=text)
    return Decision(accept=False, reason=text, utterance=text, goes_on=True)


def translated(english: str) -> str:
    """Return what a translation says while an approval waits: what begins with "undo" says no there.

    "annuler", "取消" and "das war falsch" mean what waits as often as what was done, so they neither accept nor undo.
    """
    return "no" if english == "undo" else re.sub(r"^undo; ", "no, ", english)


def typed_abroad(text: str, english: str, approval: Approval, names: Sequence[str] = ()) -> Decision:
    """Read the decision in a sentence of another language. A translation accepts only where it is a yes, nothing else.

    Args:
        text: What was typed.
        english: What it says in English, see `translated`.
        approval: The approval that waits.
        names: The groups that there are.
    """
    read = typed(english, approval, names)
    if says_yes(english) or says_no(english):
        return read.model_copy(update={"utterance": text})
    if read.aside or read.change is not None:
        return read
    decision = typed(text, approval, names)
    if decision.accept or decision.change is not None or decision.utterance != text:
        return decision  # the typed words themselves name what was proposed, or change it
    return Decision(accept=False, reason=text, utterance=english, goes_on=True)


def _chosen(text: str, approval: CriteriaApproval, quotes: Quotes) -> list[str]:
    """Return the criteria that a text picks; an empty list where it picks none."""
    if match := _BUT.fullmatch(text):
        without = [_option(part, approval, quotes) for part in _parts(match.group("list"))]
        rest = [option.criterion for option in approval.options if option.criterion not in without]
        return rest if all(without) else []
    only = _ONLY.fullmatch(text)
    parts = _parts(only.group("list") if only else text)
    options = [_option(part, approval, quotes) for part in parts]
    # "only" marks a choice, which may name a criterion that was not proposed.
    allows_new = only is not None and "only" in f"{only.group('only')} {text}".lower().split()
    chosen = [f or (quotes.show(part) if allows_new else "") for f, part in zip(options, parts, strict=True)]
    return list(dict.fromkeys(chosen)) if all(chosen) else []


def _parts(text: str) -> list[str]:
    parts = re.split(r"\s*(?:,\s*and\b|,|\band\b|&|\+)\s*", text, flags=re.IGNORECASE)
    return [
        re.sub(r"^(?:by |the |(?:number|no\.) ?(?=#?\d))+", "", p.strip(), flags=re.IGNORECASE)
        for p in parts
        if p.strip()
    ]


def _option(part: str, approval: CriteriaApproval, quotes: Quotes) -> str:
    """Return the proposed criterion that a word, its beginning or a number picks; "" for none or several."""
    options = [option.criterion for option in approval.options]
    wanted = quotes.show(part).casefold()
    wanted = re.sub(r" ones?$", "", wanted)
    if wanted in _ORDER:
        wanted = str(_ORDER.index(wanted) + 1)
    if re.fullmatch(r"#?\d+", wanted):
        index = int(wanted.lstrip("#")) - 1
        return options[index] if 0 <= index < len(options) else ""
    exact = [o for o in options if o.casefold() == wanted]
    begun = [o for o in options if len(wanted) > 2 and o.casefold().startswith(wanted)]
    return (exact or begun)[0] if len(exact) == 1 or (not exact and len(begun) == 1) else ""
