"""Every command of the terminal app, once: its key, its title, where it works and the action it runs.

Bindings, the footer, the help screen, the command palette and the table of keys in the documentation are
all made from `COMMANDS`, so that they cannot drift apart.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from textual.binding import Binding

Where = Literal["everywhere", "main", "input", "conversation", "board", "cluster", "picture", "approval"]

PLACES: tuple[Where, ...] = get_args(Where)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a key does.

    Attributes:
        id: Unique name, "board.merge".
        key: Key in Textual's spelling; several separated by commas.
        title: One or two words for the footer.
        where: The part of the app in which the key works.
        action: Textual action.
        help: One sentence for the help screen and the palette.
        shown: Whether the footer shows it.
        palette: Whether the command palette offers it on the main screen.
        priority: Whether it wins over the focused widget.
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

    @property
    def keys(self) -> str:
        """The keys as people read them: "ctrl+r", "left or right"."""
        return " or ".join(_KEY_NAMES.get(key, key) for key in self.key.split(","))


_KEY_NAMES = {
    "question_mark": "?",
    "f1": "F1",
    "f2": "F2",
    "pageup": "page up",
    "pagedown": "page down",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}

# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("app.quit", "ctrl+q", "Quit", "everywhere", "app.quit",
            "Leave. The conversation and the groups are kept.", palette=True, priority=True),
    Command("app.interrupt", "ctrl+c", "Cancel", "everywhere", "app.interrupt",
            "Cancel what is running; twice within two seconds leaves.", shown=False, priority=True),
    Command("app.palette", "ctrl+p", "Commands", "everywhere", "app.command_palette",
            "Find a command by name.", shown=False),
    Command("app.help", "f1,question_mark", "Help", "everywhere", "app.help",
            "Show every key (? works outside the input line).", palette=True),
    Command("main.board", "ctrl+t", "Board", "main", "screen.toggle_board",
            "Show or hide the board.", shown=False, palette=True),
    Command("main.approval", "f2", "Answer", "main", "screen.approval",
            "Show again what waits for your answer.", shown=False, palette=True),
    Command("main.next", "tab", "Next part", "main", "screen.next_part",
            "Go from the input line to the board, to the conversation and back.", shown=False),
    Command("main.previous", "shift+tab", "Previous part", "main", "screen.previous_part",
            "The same, the other way round.", shown=False),
    Command("input.send", "enter", "Send", "input", "submit",
            "Say it."),
    Command("input.clear", "escape", "Clear/board", "input", "clear",
            "Clear the line; on an empty line go to the board."),
    Command("input.older", "up", "Older", "input", "older",
            "The sentence before, from this session.", shown=False),
    Command("input.newer", "down", "Newer", "input", "newer",
            "The sentence after it.", shown=False),
    Command("conversation.unfold", "enter,space", "Unfold", "conversation", "unfold",
            "Unfold or fold the result of a tool."),
    Command("conversation.up", "up", "Up", "conversation", "screen.card(-1)",
            "The tool result above.", shown=False),
    Command("conversation.down", "down", "Down", "conversation", "screen.card(1)",
            "The tool result below.", shown=False),
    Command("conversation.back", "escape", "Input", "conversation", "screen.focus_input",
            "Back to the input line."),
    Command("board.open", "enter", "Open", "board", "select_cursor",
            "Open the cluster or pile under the cursor."),
    Command("board.mark", "space", "Select", "board", "mark",
            "Select the cluster, or take it out again."),
    Command("board.merge", "m", "Merge", "board", "screen.edit('merge')",
            "Merge the selected clusters.", palette=True),
    Command("board.split", "s", "Split", "board", "screen.edit('split')",
            "Split the cluster under the cursor into parts.", palette=True),
    Command("board.rename", "r", "Rename", "board", "screen.edit('rename')",
            "Give the cluster under the cursor another name.", palette=True),
    Command("board.undo", "u", "Undo", "board", "screen.edit('undo')",
            "Take the last change back.", palette=True),
    Command("board.redo", "ctrl+r", "Redo", "board", "screen.edit('redo')",
            "Do again what was undone.", shown=False, palette=True),
    Command("board.export", "e", "Export", "board", "screen.edit('export')",
            "Write the groups out as folders; first shows what will happen.", palette=True),
    Command("board.previous", "left,left_square_bracket", "Previous", "board", "screen.turn(-1)",
            "The clustering to the left.", shown=False),
    Command("board.next", "right,right_square_bracket", "Next", "board", "screen.turn(1)",
            "The clustering to the right.", shown=False),
    Command("board.back", "escape", "Input", "board", "screen.focus_input",
            "Back to the input line.", shown=False),
    Command("cluster.open", "enter", "View", "cluster", "view",
            "Look at the picture and why it is here."),
    Command("cluster.mark", "space", "Select", "cluster", "mark",
            "Select the picture, or take it out again."),
    Command("cluster.all", "a", "All", "cluster", "mark_all",
            "Select every picture on this page, or none."),
    Command("cluster.move", "m", "Move", "cluster", "screen.move",
            "Move the selected pictures to another cluster."),
    Command("cluster.viewer", "o", "Viewer", "cluster", "screen.viewer",
            "Open the picture in the system's viewer."),
    Command("cluster.next", "pagedown,n", "Next page", "cluster", "page(1)",
            "The next page.", shown=False),
    Command("cluster.previous", "pageup,p", "Previous page", "cluster", "page(-1)",
            "The page before.", shown=False),
    Command("cluster.undo", "u", "Undo", "cluster", "screen.undo",
            "Take the last change back."),
    Command("cluster.back", "escape", "Back", "cluster", "screen.back",
            "Back to the board."),
    Command("picture.next", "right", "Next", "picture", "turn(1)",
            "The next picture."),
    Command("picture.previous", "left", "Previous", "picture", "turn(-1)",
            "The picture before."),
    Command("picture.viewer", "o", "Viewer", "picture", "viewer",
            "Open the picture in the system's viewer."),
    Command("picture.back", "escape", "Back", "picture", "back",
            "Back to the cluster."),
    Command("approval.toggle", "space", "Tick", "approval", "tick",
            "Tick the criterion, or untick it."),
    Command("approval.add", "a", "Add", "approval", "add",
            "Add a criterion of your own."),
    Command("approval.edit", "e", "Edit", "approval", "edit",
            "Change the words of a criterion."),
    Command("approval.accept", "y", "Accept", "approval", "accept",
            "Go ahead with exactly this."),
    Command("approval.reject", "n", "Reject", "approval", "reject",
            "Do not do it."),
    Command("approval.reason", "r", "Reject, why", "approval", "reason",
            "Do not do it, and say what to do instead."),
    Command("approval.later", "escape", "Later", "approval", "later",
            "Close this; F2 shows it again, and so does coming back."),
)
# fmt: on


def commands(where: Where) -> tuple[Command, ...]:
    """The commands of one part of the app, in the order in which help shows them."""
    return tuple(command for command in COMMANDS if command.where == where)


def bindings(where: Where, *ids: str) -> list[Binding]:
    """Textual bindings of one part; with `ids` only those."""
    return [
        Binding(c.key, c.action, c.title, show=c.shown, priority=c.priority, id=c.id, tooltip=c.help)
        for c in commands(where)
        if not ids or c.id in ids
    ]


def markdown_table() -> str:
    """All keys as a Markdown table, for the documentation."""
    rows = [f"| {c.where} | {c.keys} | {c.title} | {c.help} |" for place in PLACES for c in commands(place)]
    return "\n".join(["| where | key | command | what it does |", "|---|---|---|---|", *rows])
