"""Registers the commands: the key, the title, the place, the action and the sentence of each.

Bindings, the footer, the help screen, the command palette, what begins with "/" and the tables in the documentation
are all made from `COMMANDS`, so that they cannot drift apart.
"""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from tools.errors import UsageError
from tools.names import visible

Where = Literal[
    "everywhere",
    "main",
    "input",
    "conversation",
    "board",
    "cluster",
    "picture",
    "teach",
    "stack",
    "approval",
    "sessions",
]

PLACES: dict[Where, str] = {
    "everywhere": "Everywhere",
    "main": "Conversation and board",
    "input": "Input line",
    "conversation": "Results of tools",
    "board": "Board",
    "cluster": "Inside a cluster",
    "picture": "One picture",
    "teach": "Teaching",
    "stack": "Near-duplicates and bursts side by side",
    "approval": "Approvals",
    "sessions": "Folders and conversations",
}
"""The parts of the app in which keys work, in the order in which help shows them, and their titles there."""


@dataclass(frozen=True, slots=True)
class Command:
    """Describes one command of the app.

    Attributes:
        id: Unique name, "board.merge".
        key: Key in Textual's spelling; several separated by commas.
        title: One or two words for the footer.
        where: The part of the app in which the key works.
        action: Textual action; "{key}" in it stands for the key.
        help: One sentence for the help screen and the palette.
        shown: Whether the footer shows it.
        palette: Whether the command palette offers it on the main screen.
        priority: Whether it wins over the focused widget.
        slash: Its name after a "/"; "" where it has none.
        argument: The argument that may follow the slash name, for the help.
        say: A sentence that does the same; "" where there is none.
        plain: Whether the slash name also works in the line-by-line chat.
    """

    id: str
    key: str
    title: str
    where: Where
    action: str
    help: str
    shown: bool = True
    palette: bool = False
    priority: bool = False
    slash: str = ""
    argument: str = ""
    say: str = ""
    plain: bool = False

    @property
    def keys(self) -> str:
        """Return the keys as people read them: "ctrl+r", "left or right"."""
        keys = self.key.split(",")
        if len(keys) > 2 and "".join(keys).isdecimal():
            return f"{keys[0]} to {keys[-1]}"
        return " or ".join(_KEY_NAMES.get(key, key) for key in keys)

    @property
    def typed(self) -> str:
        """Return the text to type for it: "/theme [light|dark]"; "" where it has no slash name."""
        return f"/{self.slash} {self.argument}".strip() if self.slash else ""


_KEY_NAMES = {
    "question_mark": "?",
    "pageup": "page up",
    "pagedown": "page down",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
} | {f"f{n}": f"F{n}" for n in range(1, 13)}

TUNE = "tune the features to my answers"
"""The sentence that asks for the features to be tuned to the user's answers."""

# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("app.quit", "ctrl+q", "Quit", "everywhere", "app.quit",
            "Leave. Your conversation and groups are kept.", palette=True, priority=True, slash="quit", plain=True),
    Command("app.interrupt", "ctrl+c", "Cancel", "everywhere", "app.interrupt",
            "Cancel what is running; twice within two seconds leaves.", shown=False, priority=True),
    Command("app.pause", "ctrl+s", "Pause", "everywhere", "app.pause",
            "Pause or resume the work that is running.", shown=False, palette=True, priority=True, slash="pause"),
    Command("app.palette", "ctrl+p", "Commands", "everywhere", "app.command_palette",
            "Find a command by name.", shown=False),
    Command("app.help", "f1,question_mark", "Help", "everywhere", "app.open('help')",
            "Show the keys that work here, then all others (? works outside the input line).", palette=True,
            slash="help", say="help", plain=True),
    Command("app.jump", "ctrl+g", "Jump", "everywhere", "app.open('jump')",
            "Put a letter on every part and go to the one you press.", shown=False, palette=True, priority=True),
    Command("app.cost", "f5", "Cost", "everywhere", "app.slash('cost')",
            "Show which models are in use and what they have cost.", shown=False, palette=True, slash="cost",
            plain=True),
    Command("app.theme", "f6", "Theme", "everywhere", "app.slash('theme')",
            "Switch between light and dark; the choice is kept.", shown=False, palette=True, slash="theme",
            argument="[light|dark]"),
    Command("app.images", "f7", "Pictures", "everywhere", "app.slash('images')",
            "Draw pictures in colour, as letters, or not at all.", shown=False, palette=True, slash="images",
            argument="[on|ascii|off]"),
    Command("main.board", "ctrl+t", "Board", "main", "screen.toggle_board",
            "Show or hide the board.", shown=False, palette=True, slash="board"),
    Command("main.approval", "f2", "Answer", "main", "screen.approval",
            "Show the question that is waiting for your answer.", shown=False, palette=True),
    Command("main.next", "tab", "Next part", "main", "screen.next_part",
            "Go from the input line to the board, to the conversation and back.", shown=False),
    Command("main.previous", "shift+tab", "Previous part", "main", "screen.previous_part",
            "Go the other way round.", shown=False),
    Command("main.sessions", "ctrl+o", "Sessions", "main", "app.open('sessions')",
            "Continue another conversation, or open another folder.", shown=False, palette=True, slash="sessions",
            argument="[NUMBER]", plain=True),
    Command("main.new", "f3", "New", "main", "screen.new",
            "Start a new conversation about this folder; the groups stay.", shown=False, palette=True, slash="new",
            plain=True),
    Command("main.model", "f8", "Model", "main", "app.slash('model')",
            "Show which chat model is in use, or use another one until you leave.", shown=False, palette=True,
            slash="model", argument="[NAME]", plain=True),
    Command("main.tier", "f9", "Tier", "main", "app.slash('tier')",
            "Show which models look at the pictures, or use others until you leave.", shown=False, palette=True,
            slash="tier", argument="[auto|bundled|hub|hosted]", plain=True),
    Command("main.report", "f4", "Report", "main", "app.slash('report')",
            "Write all groupings as web pages beside the folder, to look at in a browser.", shown=False,
            palette=True, slash="report", argument="[FOLDER]", plain=True),
    Command("input.send", "enter", "Send", "input", "submit",
            "Send the sentence."),
    Command("input.clear", "escape", "Clear/board", "input", "clear",
            "Clear the line; on an empty line stop what is running, else go to the board."),
    Command("input.older", "up", "Older", "input", "older",
            "The previous sentence of this session.", shown=False),
    Command("input.newer", "down", "Newer", "input", "newer",
            "The next sentence of this session.", shown=False),
    Command("conversation.unfold", "enter,space", "Unfold", "conversation", "unfold",
            "Show or hide the details of a tool's result."),
    Command("conversation.up", "up", "Up", "conversation", "screen.card(-1)",
            "The tool result above.", shown=False),
    Command("conversation.down", "down", "Down", "conversation", "screen.card(1)",
            "The tool result below.", shown=False),
    Command("conversation.back", "escape", "Input", "conversation", "screen.focus_input",
            "Back to the input line."),
    Command("board.open", "enter", "Open", "board", "select_cursor",
            "Open the cluster or pile under the cursor.", say="show 1"),
    Command("board.mark", "space", "Select", "board", "mark",
            "Select or deselect the cluster."),
    Command("board.all", "a", "All", "board", "mark_all",
            "Select every cluster, or none.", shown=False),
    Command("board.merge", "m", "Merge", "board", "screen.edit('merge')",
            "Merge the selected clusters.", palette=True, say="merge 1 and 2"),
    Command("board.split", "s", "Split", "board", "screen.edit('split')",
            "Split the cluster under the cursor into parts.", palette=True, say="split 1 into 2"),
    Command("board.rename", "r", "Rename", "board", "screen.edit('rename')",
            "Give the cluster under the cursor another name.", palette=True, say='rename 1 to "holiday"'),
    Command("board.lock", "l", "Lock", "board", "screen.edit('lock')",
            "Lock the cluster so that nothing changes it, or unlock it.", shown=False,
            palette=True, say="lock 1"),
    Command("board.more", "plus", "More", "board", "screen.edit('more')",
            "More groups under this criterion.", shown=False, palette=True, say="more groups"),
    Command("board.fewer", "minus", "Fewer", "board", "screen.edit('fewer')",
            "Fewer groups under this criterion.", shown=False, palette=True, say="fewer groups"),
    Command("board.teach", "t", "Teach", "board", "app.open('teach')",
            "Answer a few questions about pictures; the groups get better at once.", palette=True, slash="teach",
            say="ask me", plain=True),
    Command("board.tune", "f", "Tune", "board", "screen.edit('tune')",
            "Tune the features to your answers for up to a minute; kept only where that helps.", shown=False,
            palette=True, slash="tune", say=TUNE, plain=True),
    Command("board.duplicates", "d", "Duplicates", "board", "app.open('stack')",
            "Lay near-duplicates or bursts side by side and choose which to keep.", shown=False, palette=True,
            slash="duplicates", say="show near duplicates", plain=True),
    Command("board.undo", "u", "Undo", "board", "screen.edit('undo')",
            "Undo the last change.", palette=True, slash="undo", say="undo", plain=True),
    Command("board.redo", "ctrl+r", "Redo", "board", "screen.edit('redo')",
            "Redo what was undone last.", shown=False, palette=True, slash="redo", say="redo", plain=True),
    Command("board.export", "e", "Export", "board", "screen.edit('export')",
            "Write the groups as folders; you see the plan first.", palette=True, slash="export",
            argument="[FOLDER]", say="export to ~/sorted", plain=True),
    Command("board.previous", "left,left_square_bracket", "Previous", "board", "screen.turn(-1)",
            "The clustering to the left.", shown=False),
    Command("board.next", "right,right_square_bracket", "Next", "board", "screen.turn(1)",
            "The clustering to the right.", shown=False),
    Command("board.back", "escape", "Input", "board", "screen.leave_board",
            "Back to the input line; twice at once goes back a step.", shown=False),
    Command("cluster.open", "enter", "View", "cluster", "view",
            "Look at the picture and why it is here.", say="why is #1 there?"),
    Command("cluster.mark", "space", "Select", "cluster", "mark",
            "Select or deselect the picture."),
    Command("cluster.range", "v", "Select to", "cluster", "mark_to",
            "Select all pictures from the last selected one to this one.", shown=False),
    Command("cluster.all", "a", "All", "cluster", "mark_all",
            "Select every picture on this page, or none."),
    Command("cluster.move", "m", "Move", "cluster", "screen.move",
            "Move the selected pictures to another cluster.", say="move #1 to 2"),
    Command("cluster.together", "b", "Together", "cluster", "screen.link",
            "The selected pictures belong together, now and in every later grouping.", shown=False,
            say="#1 and #2 belong together"),
    Command("cluster.apart", "x", "Apart", "cluster", "screen.cut",
            "The two selected pictures do not belong together.", shown=False,
            say="#1 and #2 do not belong together"),
    Command("cluster.order", "s", "Order", "cluster", "screen.order",
            "Typical pictures first, then by likeness, by time, by name.", say="show the best of each"),
    Command("cluster.viewer", "o", "Viewer", "cluster", "screen.viewer",
            "Open the picture in the system's viewer."),
    Command("cluster.next", "pagedown,n", "Next page", "cluster", "page(1)",
            "The next page.", shown=False),
    Command("cluster.previous", "pageup,p", "Previous page", "cluster", "page(-1)",
            "The previous page.", shown=False),
    Command("cluster.undo", "u", "Undo", "cluster", "screen.edit('undo')",
            "Undo the last change."),
    Command("cluster.redo", "ctrl+r", "Redo", "cluster", "screen.edit('redo')",
            "Redo what was undone last.", shown=False),
    Command("cluster.back", "escape", "Back", "cluster", "screen.back",
            "Back to the board."),
    Command("picture.next", "right", "Next", "picture", "turn(1)",
            "The next picture."),
    Command("picture.previous", "left", "Previous", "picture", "turn(-1)",
            "The previous picture."),
    Command("picture.viewer", "o", "Viewer", "picture", "viewer",
            "Open the picture in the system's viewer."),
    Command("picture.back", "escape", "Back", "picture", "back",
            "Back to the cluster."),
    Command("teach.name", "1,2,3,4,5,6,7,8,9", "Group", "teach", "name({key})",
            "The picture belongs to the group with this number.", shown=False),
    Command("teach.new", "n", "New group", "teach", "new",
            "It belongs to a new group."),
    Command("teach.type", "enter", "Type", "teach", "type",
            "Type the name of its group."),
    Command("teach.same", "y", "Same", "teach", "same",
            "Both pictures belong to the same group."),
    Command("teach.different", "d", "Different", "teach", "different",
            "They belong to different groups."),
    Command("teach.skip", "s", "Skip", "teach", "skip",
            "Skip the question; it is not asked again."),
    Command("teach.why", "question_mark,w", "Why", "teach", "why",
            "Show why this question is asked."),
    Command("teach.undo", "u", "Undo", "teach", "undo",
            "Undo the last answer and what was learned from it."),
    Command("teach.back", "escape", "Enough", "teach", "back",
            "Back to the board; your answers count."),
    Command("stack.keep", "space", "Keep or not", "stack", "keep",
            "Keep the picture, or set it aside."),
    Command("stack.only", "enter,k", "Keep only this", "stack", "only",
            "Keep only this picture of the stack, and go on to the next one."),
    Command("stack.all", "a", "Keep all", "stack", "all",
            "Keep all pictures of the stack, and go on to the next one."),
    Command("stack.left", "left", "Left", "stack", "step(-1)",
            "The picture to the left.", shown=False),
    Command("stack.right", "right", "Right", "stack", "step(1)",
            "The picture to the right.", shown=False),
    Command("stack.next", "down,n", "Next", "stack", "turn(1)",
            "The next stack."),
    Command("stack.previous", "up,p", "Previous", "stack", "turn(-1)",
            "The previous stack.", shown=False),
    Command("stack.kind", "b", "Bursts", "stack", "kind",
            "Show bursts in place of near-duplicates, or near-duplicates in place of bursts."),
    Command("stack.group", "g", "Group", "stack", "group",
            "Group what you keep and what you set aside; no file is touched."),
    Command("stack.viewer", "o", "Viewer", "stack", "viewer",
            "Open the picture in the system's viewer.", shown=False),
    Command("stack.back", "escape", "Back", "stack", "back",
            "Back to the board; nothing is changed."),
    Command("approval.toggle", "space", "Tick", "approval", "tick",
            "Tick or untick the criterion."),
    Command("approval.add", "a", "Add", "approval", "add",
            "Add a criterion of your own."),
    Command("approval.edit", "e", "Edit", "approval", "edit",
            "Change the wording of a criterion, or the folder to write to."),
    Command("approval.accept", "y", "Accept", "approval", "accept",
            "Accept exactly this."),
    Command("approval.reject", "n", "Reject", "approval", "reject",
            "Reject it."),
    Command("approval.reason", "r", "Reject, why", "approval", "reason",
            "Reject it, and say what to do instead."),
    Command("approval.later", "escape", "Later", "approval", "later",
            "Close this; F2 shows it again, and so does reopening the folder."),
    Command("sessions.open", "enter", "Open", "sessions", "select",
            "Open the conversation or the folder under the cursor."),
    Command("sessions.back", "escape", "Back", "sessions", "screen.back",
            "Stay where you are, or leave if nothing is open yet."),
)
# fmt: on

_SLASH = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL)


def commands(where: Where) -> tuple[Command, ...]:
    """Return the commands of one part of the app, in the order in which help shows them."""
    return tuple(command for command in COMMANDS if command.where == where)


def slashes(plain: bool = False) -> tuple[Command, ...]:
    """Return the commands that can be typed; with `plain` only those of the line-by-line chat."""
    return tuple(command for command in COMMANDS if command.slash and (command.plain or not plain))


def typed(text: str, plain: bool = False) -> tuple[Command, str] | None:
    """Return the command that a text names after a "/", with its argument; None for a sentence or a path.

    Raises:
        UsageError: There is no such command.
    """
    match = _SLASH.fullmatch(text.strip())
    if match is None:
        return None
    name, argument = match.group(1), (match.group(2) or "").strip()
    by_name = {command.slash: command for command in slashes(plain)}
    if name in by_name:
        return by_name[name], argument
    near = difflib.get_close_matches(name, by_name, 1) or [each for each in by_name if each.startswith(name)]
    hint = f"did you mean /{near[0]}?" if near else f"there are /{', /'.join(by_name)}"
    raise UsageError(f"there is no command /{visible(name)}{' in plain mode' if plain else ''}; {hint}")


def slash_table() -> str:
    """Return the slash commands as a Markdown table, for the documentation."""
    rows = [f"| `{c.typed.replace('|', chr(92) + '|')}` | {c.keys} | {c.help} |" for c in slashes()]
    return "\n".join(["| command | key | what it does |", "|---|---|---|", *rows])
