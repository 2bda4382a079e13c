"""Draws the plots of a report with Bokeh: the map of a criterion, the timeline, the places, and what answers said."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.report.gazetteer import apart, mercator, towns_around, towns_of
from assistant.report.small_pictures import small_picture
from tools.metadata.places import Place

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from assistant.report.report_data import Answered, Report, Sheet

UNSORTED_COLOUR = "#9a9a9a"
"""The colour of pictures in no group, and of groups beyond the palette."""
MARKERS = (
    "circle",
    "triangle",
    "square",
    "diamond",
    "star",
    "inverted_triangle",
    "hex",
    "plus",
    "cross",
    "x",
)
"""The shapes for the groups of a second criterion, in their order; further groups begin again."""
_MAP_TOOLS = "pan,wheel_zoom,box_zoom,lasso_select,tap,zoom_in,zoom_out,reset"
"""The tools of a plot of pictures."""
_FONT = "system-ui, sans-serif"
"""The font of all that is written in a plot."""
_MOST_NAMED = 16
"""The most towns whose names are written."""
_MOST_BARS = 60
"""The most bars of a timeline."""
_UNITS = ("h", "D", "W", "M", "Y")
"""The widths that a bar may have, in NumPy's units."""
_TOOLTIP = (
    '<div style="width:176px;font:13px/1.35 system-ui,sans-serif">'
    '<img src="@small" alt="" style="display:block;max-width:176px;max-height:176px;margin-bottom:4px">'
    '<div style="overflow-wrap:anywhere"><b>@number</b> @name</div><div>@group</div><div>@caption</div></div>'
)


def colours(count: int) -> list[str]:
    """Return a colour for each of as many groups; where there are more than twenty, the last ones share a grey."""
    from bokeh.palettes import Bright, Category10, Category20

    if count <= 6:
        return list(Bright[7][: max(count, 1)])
    if count <= 10:
        return list(Category10[10][:count])
    return [*Category20[20], *[UNSORTED_COLOUR] * count][:count]


def map_plot(sheet: "Sheet", report: "Report") -> "Figure | None":
    """Return the map of a criterion; None where it has none."""
    if sheet.points is None:
        return None
    rows = np.flatnonzero(~np.isnan(sheet.points).any(axis=1))
    plot = _figure(height=620, tools=_MAP_TOOLS, name="map", active_drag="lasso_select")
    plot.axis.visible = False
    plot.grid.visible = False
    _pictures(plot, sheet, report, rows, sheet.points[rows, 0], sheet.points[rows, 1])
    return plot


def places_plot(sheet: "Sheet", report: "Report") -> "Figure | None":
    """Return the map of the places where pictures were taken, with the towns around; None where no file says it."""
    placed = [
        (row, picture.place) for row, picture in enumerate(report.pictures) if picture.place is not None
    ]
    if not placed:
        return None
    rows = np.array([row for row, _ in placed])
    x, y = mercator([place for _, place in placed])
    plot = _figure(
        height=460,
        tools=_MAP_TOOLS,
        name="places",
        active_drag="lasso_select",
        x_axis_type="mercator",
        y_axis_type="mercator",
        match_aspect=True,
    )
    _towns(plot, [place for _, place in placed])
    _pictures(plot, sheet, report, rows, x, y)
    return plot


def timeline_plot(sheet: "Sheet", report: "Report") -> "Figure | None":
    """Return how many pictures of each group were taken when; None where fewer than two files say it."""
    dated = [(row, picture.taken) for row, picture in enumerate(report.pictures) if picture.taken is not None]
    if len(dated) < 2:
        return None
    times = np.array([taken for _, taken in dated], "datetime64[s]")
    labels = sheet.labels[[row for row, _ in dated]]
    bins = _bins(times)
    shown = [*colours(len(sheet.groups)), UNSORTED_COLOUR]
    names = [*(group.name for group in sheet.groups), "unsorted"]
    bars: dict[str, list[Any]] = {
        key: [] for key in ("left", "right", "bottom", "top", "colour", "group", "count", "when")
    }
    for moment in np.unique(bins):
        low, here = 0, labels[bins == moment]
        left, right = (moment + step for step in (0, 1))
        for label in [*range(len(sheet.groups)), -1]:
            if not (count := int(np.count_nonzero(here == label))):
                continue
            width = (right - left).astype("timedelta64[s]") * 9 // 10
            values = (left.astype("datetime64[ms]"), (left.astype("datetime64[s]") + width).astype("datetime64[ms]"),
                      low, low + count, shown[label], names[label], count, str(moment))  # fmt: skip
            for key, value in zip(bars, values, strict=True):
                bars[key].append(value)
            low += count
    from bokeh.models import ColumnDataSource, DataRange1d, HoverTool

    plot = _figure(
        height=260,
        tools="xpan,xwheel_zoom,reset",
        name="timeline",
        x_axis_type="datetime",
        y_range=DataRange1d(start=0),
    )
    data = {key: np.array(value) if key in ("left", "right") else value for key, value in bars.items()}
    drawn = plot.quad(
        "left", "right", "top", "bottom", source=ColumnDataSource(data), color="colour", line_color=None
    )
    plot.add_tools(
        HoverTool(
            renderers=[drawn], tooltips=[("when", "@when"), ("group", "@group"), ("pictures", "@count")]
        )
    )
    plot.yaxis.axis_label = "pictures"
    plot.xgrid.visible = False
    return plot


def _bins(times: Any) -> Any:
    """Return the bar of each moment: the hour, day, month or year that it is in, as (m,) datetime64."""
    bins = times
    for unit in _UNITS:
        bins = times.astype(f"datetime64[{unit}]")
        if int((bins.max() - bins.min()).astype(int)) < _MOST_BARS:
            break
    return bins


def answers_plot(answered: "Answered") -> "Figure":
    """Return how often the group before an answer was right, by how sure it was: a curve of reliability."""
    from bokeh.models import ColumnDataSource, HoverTool

    sure, right = np.array(answered.certainty), np.array(answered.right)
    at = np.minimum((sure * 5).astype(int), 4)
    rows = [
        (sure[at == b].mean(), right[at == b].mean(), int((at == b).sum()))
        for b in range(5)
        if (at == b).any()
    ]
    plot = _figure(height=300, tools="", name="answers", x_range=(0, 1), y_range=(0, 1.04))
    plot.line([0, 1], [0, 1], line_dash="dashed", color=UNSORTED_COLOUR)
    source = ColumnDataSource({
        "sure": [row[0] for row in rows], "right": [row[1] for row in rows], "count": [row[2] for row in rows],
        "size": [6 + 3 * row[2] ** 0.5 for row in rows],
    })  # fmt: skip
    plot.line("sure", "right", source=source, color=colours(1)[0], line_width=2)
    drawn = plot.scatter("sure", "right", size="size", source=source, color=colours(1)[0])
    plot.add_tools(
        HoverTool(
            renderers=[drawn],
            tooltips=[("sure", "@sure{0%}"), ("right", "@right{0%}"), ("answers", "@count")],
        )
    )
    plot.xaxis.axis_label, plot.yaxis.axis_label = "how sure the group was", "share that you confirmed"
    return plot


def _figure(height: int, tools: str, name: str, **more: Any) -> "Figure":
    from bokeh.plotting import figure

    plot = figure(
        height=height,
        sizing_mode="stretch_width",
        tools=tools,
        name=name,
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        **more,
    )
    plot.toolbar.logo = None
    plot.grid.grid_line_alpha = 0.25
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font = axis.major_label_text_font = _FONT
        axis.minor_tick_line_color = None
    return plot


def _pictures(plot: "Figure", sheet: "Sheet", report: "Report", rows: Any, x: Any, y: Any) -> None:
    """Draw a mark for each picture, in the colour of its group, with its thumbnail beside the pointer."""
    from bokeh.models import CDSView, ColumnDataSource, HoverTool, IndexFilter

    shown = [*colours(len(sheet.groups)), UNSORTED_COLOUR]
    names = [*(group.name for group in sheet.groups), "unsorted"]
    labels = sheet.labels[rows]
    pictures = [report.pictures[row] for row in rows.tolist()]
    source = ColumnDataSource(
        {
            "x": np.asarray(x, np.float32) if plot.name == "map" else np.asarray(x),
            "y": np.asarray(y, np.float32) if plot.name == "map" else np.asarray(y),
            "row": rows.astype(np.int32),
            "label": labels.astype(np.int32),
            "colour": [shown[label] for label in labels],
            "marker": ["circle"] * len(rows),
            "group": [names[label] for label in labels],
            "name": [picture.name for picture in pictures],
            "number": [f"#{picture.number}" for picture in pictures],
            "caption": [picture.caption for picture in pictures],
            "small": [small_picture(row) for row in rows.tolist()],
        },
        name=f"{plot.name} pictures",
    )
    some = IndexFilter(indices=list(range(len(rows))), name=f"{plot.name} filter")
    drawn = plot.scatter(
        "x",
        "y",
        source=source,
        view=CDSView(filter=some),
        marker={"field": "marker"},
        size=9 if len(rows) <= 1500 else 6,
        fill_color="colour",
        line_color="colour",
        fill_alpha=0.75,
        line_alpha=0.95,
        nonselection_fill_alpha=0.12,
        nonselection_line_alpha=0.12,
    )
    plot.add_tools(
        HoverTool(renderers=[drawn], tooltips=_TOOLTIP, point_policy="snap_to_data", attachment="horizontal")
    )


def _towns(plot: "Figure", places: Sequence[Place]) -> None:
    """Draw the towns around, so that one sees where one is: there is no network to get a map from."""
    from bokeh.models import ColumnDataSource

    around = towns_around(places)
    if around:
        x, y = mercator([town.place for town in around])
        plot.scatter(
            "x", "y", source=ColumnDataSource({"x": x, "y": y}), size=3, color=UNSORTED_COLOUR, alpha=0.55
        )
    named = apart([*towns_of(places), *around], _MOST_NAMED)
    x, y = mercator([town.place for town in named])
    plot.text(
        "x", "y", "name", source=ColumnDataSource({"x": x, "y": y, "name": [town.name for town in named]}),
        x_offset=7, y_offset=4, text_font_size="11px", text_font={"value": _FONT}, text_color=UNSORTED_COLOUR,
    )  # fmt: skip
