"""What waits for the user's word, what the user can decide, and the decision in a typed sentence."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assistant.agent.builtin.lexicon import Quotes, plain
from assistant.text.yes_no import says_no, says_yes
from tools.export.plan import Mode, Plan
from tools.names import visible

if TYPE_CHECKING:
    from assistant.models.collection_describer import Quote

MOST_LISTED = 500
LONGEST = 1000


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CriterionOption(_Data):
    """One criterion that is proposed. `quality` is in [0, 1]; `groups` are names with counts."""

    criterion: str
    why: str = ""
    quality: float = 0.0
    groups: list[tuple[str, int]] = Field(default_factory=list)


class CriteriaApproval(_Data):
    """Which of these criteria to group by?"""

    kind: Literal["criteria"] = "criteria"
    options: list[CriterionOption]


class ExportApproval(_Data):
    """May these folders be written?

    `bytes` is what is copied; `left` are files that stay where they are; `numbered` are those whose name was taken:
    (folder and new name, old name); `only` are ids of groups, where not all are written.
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

    @classmethod
    def of(cls, plan: Plan) -> "ExportApproval":
        """What a plan asks the user. Two plans that would do the same ask the same."""
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
        )


def numbered(plan: Plan) -> list[tuple[str, str]]:
    """The files of a plan that get a number: (folder and new name, old name)."""
    return [
        (visible(entry.destination.as_posix()), visible(entry.source.name))
        for entry in plan.entries
        if entry.source.name != entry.destination.name
    ]


class SendApproval(_Data):
    """May pictures of this collection be sent to a host, to be described there?

    `images` and `bytes` are what goes there now, `collection` how many images the consent is for; `cost` says what
    that costs, or why it is not known. `criteria` are then grouped by, into `groups` groups.
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

    @classmethod
    def of(cls, quote: "Quote", criteria: list[str], groups: int | None) -> "SendApproval":
        """What a quote asks the user."""
        told, sending = quote.estimate, quote.sending
        return cls(
            origin=sending.origin,
            host=sending.host,
            model=sending.model,
            images=told.images,
            bytes=told.bytes,
            collection=sending.images,
            tokens=told.tokens_per_image,
            cost=told.money,
            criteria=criteria,
            groups=groups,
        )

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way can see them."""
        return not self.origin.startswith("http://")


Approval = CriteriaApproval | ExportApproval | SendApproval
_ADAPTER: TypeAdapter[Approval] = TypeAdapter(Annotated[Approval, Field(discriminator="kind")])


def approval(data: dict[str, Any]) -> Approval:
    """An approval from the JSON that the conversation keeps."""
    return _ADAPTER.validate_python(data)


class Decision(_Data):
    """What the user decided.

    Attributes:
        accept: Whether it may be done.
        criteria: Which criteria to group by, also ones that were not proposed; empty means all proposed.
        reason: Why not, in the user's words; the brain is told.
        said: What the user typed, where the decision was typed.
        goes_on: Whether `said` is a request of its own that is to be answered next.
    """

    accept: bool
    criteria: list[str] = Field(default_factory=list)
    reason: str = ""
    said: str = ""
    goes_on: bool = False


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
_THESE = re.compile(r"(?:but )?(?:only|just)(?: (?:export|save|write|take))? (?P<list>.+)", re.I)
_THERE = re.compile(r"(?:but )?(?:to|into|in) (?P<to>[~/.\ue000-\uf8ff]\S*)(?: instead)?", re.I)
_THUS = re.compile(r"(?:but )?as (?:symbolic |sym)?(?P<how>links?|copies|moves?)(?: instead)?", re.I)
_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def typed(text: str, asked: Approval) -> Decision:
    """The decision in what the user typed while an approval waits.

    "yes" accepts and "no" rejects; "emotion and 3", "only hair colour" or "all but pose" accept those
    criteria; anything else rejects, with the text as the reason and as the next request.
    """
    if len(text) > LONGEST:
        return Decision(accept=False, reason=text[:LONGEST], said=text, goes_on=True)
    quotes = Quotes()
    raw = " ".join(quotes.hide(text).split()).strip(" .!")
    said = plain(raw) or raw
    for wording in (raw, said):
        if says_yes(wording) or _ALL.fullmatch(wording):
            return Decision(accept=True, said=text)
        if says_no(wording) or _NONE.fullmatch(wording):
            return Decision(accept=False, reason=text, said=text)
    if isinstance(asked, ExportApproval) and (instead := _instead(raw, asked, quotes)):
        return Decision(accept=False, reason=text, said=instead, goes_on=True)
    if isinstance(asked, CriteriaApproval) and (chosen := _chosen(said, asked, quotes)):
        return Decision(accept=True, criteria=chosen, said=text)
    return Decision(accept=False, reason=text, said=text, goes_on=True)


def _instead(said: str, asked: ExportApproval, quotes: Quotes) -> str:
    """The export that a change of the plan asks for, as a request; "" where it is no change of it."""
    how = {"copy": "copies", "link": "links", "move": "moves"}[asked.mode]
    if match := _THESE.fullmatch(said):
        return f'export {quotes.quote(match.group("list"))} to "{asked.target}" as {how}'
    these = f"{' and '.join(asked.only)} " if asked.only else ""
    if match := _THERE.fullmatch(said):
        return f'export {these}to "{quotes.show(match.group("to"))}" as {how}'
    if match := _THUS.fullmatch(said):
        return f'export {these}to "{asked.target}" as {match.group("how")}'
    return ""


def _chosen(said: str, asked: CriteriaApproval, quotes: Quotes) -> list[str]:
    """The criteria that a text picks, or nothing."""
    if match := _BUT.fullmatch(said):
        without = [_option(part, asked, quotes) for part in _parts(match.group("list"))]
        rest = [option.criterion for option in asked.options if option.criterion not in without]
        return rest if all(without) else []
    only = _ONLY.fullmatch(said)
    parts = _parts(only.group("list") if only else said)
    found = [_option(part, asked, quotes) for part in parts]
    # "only" says that what follows is a choice, so that it may name a criterion of the user's own.
    own = only is not None and "only" in f"{only.group('only')} {said}".lower().split()
    chosen = [f or (quotes.show(part) if own else "") for f, part in zip(found, parts, strict=True)]
    return list(dict.fromkeys(chosen)) if all(chosen) else []


def _parts(text: str) -> list[str]:
    parts = re.split(r"\s*(?:,\s*and\b|,|\band\b|&|\+)\s*", text, flags=re.IGNORECASE)
    return [
        re.sub(r"^(?:by |the |(?:number|no\.) ?(?=#?\d))+", "", p.strip(), flags=re.IGNORECASE)
        for p in parts
        if p.strip()
    ]


def _option(part: str, asked: CriteriaApproval, quotes: Quotes) -> str:
    """The proposed criterion that a word, a beginning or a number points at; "" for none or several."""
    options = [option.criterion for option in asked.options]
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
