"""Shows the clusterings of the collection side by side in one line."""

from collections.abc import Sequence

from textual.containers import HorizontalScroll
from textual.message import Message
from textual.widgets import Static

from assistant.tui.board_data import Tab
from assistant.tui.styled_text import foreign


class ClusteringTab(Static):
    """Shows the tab of one clustering; a click chooses it."""

    class Chosen(Message):
        """Tells that the user clicked on this clustering."""

        def __init__(self, clustering: str) -> None:
            super().__init__()
            self.clustering = clustering

    def __init__(self, tab: Tab) -> None:
        super().__init__(foreign(tab.title), classes="clustering-tab", markup=False)
        self.clustering = tab.clustering

    def on_click(self) -> None:
        """Choose the clustering."""
        self.post_message(self.Chosen(self.clustering))


class ClusteringTabs(HorizontalScroll, can_focus=False):
    """Shows the tabs of all clusterings; the current one is bold, underlined and in sight."""

    def __init__(self) -> None:
        super().__init__(id="clusterings")
        self._tabs: tuple[Tab, ...] = ()

    async def show(self, tabs: Sequence[Tab], current: str | None) -> None:
        """Show these clusterings and mark the current one."""
        if tuple(tabs) != self._tabs:
            self._tabs = tuple(tabs)
            await self.remove_children()
            await self.mount_all(ClusteringTab(tab) for tab in tabs)
        for tab in self.query(ClusteringTab):
            tab.set_class(tab.clustering == current, "-current")
            if tab.clustering == current:
                self.call_after_refresh(self.scroll_to_widget, tab, animate=False)
