// A table of any length, of whose rows only those in sight exist. Rows are as high as the style sheet says, all the same.

class LongTable {
  constructor(label, heads, makeRow) {
    this.makeRow = makeRow;
    this.items = [];
    this.rows = new Map();
    this.above = el("tbody", { "aria-hidden": "true" }, el("tr", {}, el("td", { class: "space" })));
    this.below = this.above.cloneNode(true);
    this.body = el("tbody", {});
    const head = el("thead", {}, el("tr", { "aria-rowindex": "1" }, heads.map((text) => el("th", { scope: "col" }, text))));
    this.table = el("table", { class: "long", "aria-label": label }, head, this.above, this.body, this.below);
    this.frame = el("div", { class: "long-frame", tabindex: "0", role: "region", "aria-label": `${label}, scrolling` }, this.table);
    this.frame.addEventListener("scroll", () => this.plan(), { passive: true });
    this.frame.addEventListener("keydown", (event) => this.walk(event));
    new ResizeObserver(() => this.plan()).observe(this.frame);
  }

  get height() {
    return Number.parseFloat(getComputedStyle(this.frame).getPropertyValue("--row-height")) || 56;
  }

  show(items) {
    this.items = items;
    this.table.setAttribute("aria-rowcount", String(items.length + 1));
    this.body.replaceChildren();
    this.rows.clear();
    this.frame.scrollTop = 0;
    this.draw();
  }

  refresh() {
    this.body.replaceChildren();
    this.rows.clear();
    this.draw();
  }

  buttonOf(item) {
    return this.rows.get(this.items.indexOf(item))?.querySelector("button");
  }

  plan() {
    if (this.planned) return;
    this.planned = true;
    requestAnimationFrame(() => { this.planned = false; this.draw(); });
  }

  draw() {
    const { height } = this;
    if (!this.frame.isConnected) return;
    const first = Math.max(0, Math.floor(this.frame.scrollTop / height) - 6);
    const last = Math.min(this.items.length, Math.ceil((this.frame.scrollTop + Math.max(this.frame.clientHeight, window.innerHeight)) / height) + 6);
    for (const [at, row] of this.rows) {
      if ((at < first || at >= last)) { row.remove(); this.rows.delete(at); }
    }
    let before = null;
    for (let at = last - 1; at >= first; at -= 1) {
      if (!this.rows.has(at)) {
        const row = this.makeRow(this.items[at]);
        row.setAttribute("aria-rowindex", String(at + 2));
        this.rows.set(at, row);
        this.body.insertBefore(row, before);
      }
      before = this.rows.get(at);
    }
    this.above.firstChild.firstChild.style.height = `${first * height}px`;
    this.below.firstChild.firstChild.style.height = `${(this.items.length - last) * height}px`;
  }

  // Arrow keys go from row to row, beyond those in sight, too.
  walk(event) {
    const row = event.target.closest?.("tr[aria-rowindex]");
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!row || !(event.key in steps)) return;
    const at = Number(row.getAttribute("aria-rowindex")) - 2 + steps[event.key];
    if (at < 0 || at >= this.items.length) return;
    event.preventDefault();
    const { height } = this;
    const head = this.table.tHead.offsetHeight;
    if (at * height < this.frame.scrollTop) this.frame.scrollTop = at * height;
    if ((at + 1) * height + head > this.frame.scrollTop + this.frame.clientHeight) this.frame.scrollTop = (at + 1) * height + head - this.frame.clientHeight;
    this.draw();
    this.rows.get(at)?.querySelector("button")?.focus({ preventScroll: true });
  }
}
