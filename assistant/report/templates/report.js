"use strict";
// Joins the page's own controls to Bokeh's plots. Whatever comes from the report is set as text, never as markup.
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const MARKERS = {
    circle: "●", square: "■", triangle: "▲", star: "★", inverted_triangle: "▼", diamond: "◆", hex: "⬢", plus: "✚",
    cross: "+", x: "✕",
  };
  const MOST_LISTED = 600; // more pictures in one list would make it slow, and nobody reads them

  // --- light and dark ---
  const dark = () => getComputedStyle(root).colorScheme === "dark" ||
    (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* the page may not keep anything */ } };
  if (["light", "dark"].includes(kept())) root.dataset.theme = kept();
  const button = byId("theme");
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  const documents = () => (window.Bokeh ? window.Bokeh.documents : []);
  const plots = () => documents().flatMap((each) => each.roots());

  /** Give the plots the colours of the page, which they draw on a canvas and cannot inherit. */
  function paint() {
    const ink = getComputedStyle(document.body).color;
    const muted = getComputedStyle(document.querySelector("footer")).color;
    for (const plot of plots()) {
      for (const part of [...plot.left, ...plot.below, ...plot.center]) {
        if ("major_label_text_color" in part) {
          part.setv({ major_label_text_color: ink, axis_label_text_color: ink, axis_line_color: muted, major_tick_line_color: muted });
        } else if ("grid_line_color" in part) part.setv({ grid_line_color: muted });
      }
      for (const { glyph } of plot.renderers) if (glyph && "text_color" in glyph) glyph.setv({ text_color: { value: muted } });
    }
  }
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    keep(root.dataset.theme);
    label();
    paint();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { label(); paint(); });

  const filters = byId("filters");
  if (!filters) return;

  // --- filters: of the contact sheets, and of the plots ---
  const sections = [...document.querySelectorAll("section.group")];
  const boxes = [...filters.querySelectorAll("input[type=checkbox]")];
  const find = byId("find");
  const named = (name) => documents().map((each) => each.get_model_by_name(name)).find(Boolean);
  const sources = () => ["map", "places"].map((name) => ({ source: named(`${name} pictures`), filter: named(`${name} filter`) }))
    .filter((each) => each.source);
  filters.hidden = false;
  filters.addEventListener("submit", (event) => event.preventDefault());

  function apply() {
    const on = new Set(boxes.filter((box) => box.checked).map((box) => Number(box.value)));
    const text = find.value.trim().toLowerCase();
    const fits = (words) => !text || words.toLowerCase().includes(text);
    let shown = 0;
    for (const section of sections) {
      section.hidden = !on.has(Number(section.dataset.label));
      const all = section.querySelector("details");
      const lists = [...section.querySelectorAll(".sheet")];
      if (text && all && !section.hidden) all.open = true;
      for (const list of lists) {
        let here = 0;
        for (const item of list.children) {
          item.hidden = !fits(item.lastElementChild.textContent);
          here += item.hidden ? 0 : 1;
        }
        if (list === lists.at(-1) && !section.hidden) shown += here;
      }
    }
    byId("shown").textContent = text || on.size < boxes.length ? `${shown.toLocaleString("en")} shown` : "";
    for (const { source, filter } of sources()) {
      const { label: labels, name, number } = source.data;
      const rows = [];
      for (let i = 0; i < name.length; i++) if (on.has(labels[i]) && fits(`${number[i]} ${name[i]}`)) rows.push(i);
      filter.indices = rows;
    }
  }
  let waiting = 0;
  find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 150); });
  for (const box of boxes) box.addEventListener("change", apply);
  byId("all").addEventListener("click", () => { for (const box of boxes) box.checked = true; apply(); });
  byId("none").addEventListener("click", () => { for (const box of boxes) box.checked = false; apply(); });

  // --- the list of what was selected ---
  const list = byId("selection");
  let names = [];
  function show(source, indices) {
    const { name, number, small, group, row } = source.data;
    const order = [...indices].sort((a, b) => row[a] - row[b]);
    names = order.map((i) => name[i]);
    list.replaceChildren(...order.slice(0, MOST_LISTED).map((i) => {
      const item = document.createElement("li"), image = document.createElement("img");
      const caption = document.createElement("span"), strong = document.createElement("b");
      image.src = small[i];
      image.alt = group[i];
      image.loading = "lazy";
      strong.textContent = number[i];
      caption.append(strong, ` ${name[i]}`);
      item.append(image, caption);
      return item;
    }));
    const more = order.length > MOST_LISTED ? `; the first ${MOST_LISTED} are listed` : "";
    byId("selected").textContent = order.length ? `${order.length.toLocaleString("en")} selected${more}.` : "Nothing is selected.";
    byId("copy").hidden = !order.length;
  }
  if (list) {
    byId("list-shown").addEventListener("click", () => {
      const first = sources()[0];
      if (first) show(first.source, first.filter.indices);
    });
    byId("copy").addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(names.join("\n"));
        byId("copy").textContent = "Copied";
      } catch {
        byId("copy").textContent = "The browser does not allow it";
      }
    });
  }

  // --- the shape of the marks ---
  const shape = byId("shape");
  function reshape() {
    const others = JSON.parse(byId("others").textContent);
    const other = shape.value === "" ? null : others[Number(shape.value)];
    const markers = Object.keys(MARKERS);
    const marker = (label) => (label < 0 ? "cross" : markers[label % markers.length]);
    for (const { source } of sources()) {
      source.data = { ...source.data, marker: Array.from(source.data.row, (row) => (other ? marker(other.labels[row]) : "circle")) };
    }
    byId("shapes").textContent = other ? other.names.map((name, i) => `${MARKERS[marker(i)]} ${name}`).join("   ") : "";
  }
  if (shape) shape.addEventListener("change", reshape);

  // --- once the plots are drawn ---
  let tries = 0;
  (function joined() {
    if (!document.querySelector(".plot")) return;
    if (!sources().length && !plots().length) {
      if (tries++ < 400) setTimeout(joined, 50);
      return;
    }
    for (const { source } of sources()) {
      source.selected.properties.indices.change.connect(() => show(source, source.selected.indices));
    }
    paint();
    root.dataset.ready = "yes";
  })();
})();
