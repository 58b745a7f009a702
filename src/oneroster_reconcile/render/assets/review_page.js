// The page's material and tools: the plan, texts made safe to look at, and elements. Nothing is ever parsed as markup.

const plan = JSON.parse(document.getElementById("plan").textContent);
const REMOVING = new Set(["unenroll", "suspend", "delete"]);
const PINNED_BY = new Set(["suspend", "delete"]);
const SIGNS = {
  merge: "&", link: "=", relink: "=", unlink: "/", split: "/", restore: "^", create: "+", update: "~", transfer: ">",
  enroll: "+", unenroll: "−", suspend: "!", delete: "−",
};
const WHY = {
  new: "new in the roster", recreated: "deleted here, still in the roster", matched: "found to be the same", linked: "differs from roster",
  deleted_at_host: "deleted here", local: "added by hand here", foreign: "only here", withdrawn: "no longer in the roster",
  ended: "ended in the roster", gone: "over", unknown: "not known", out_of_scope: "outside the policy's scope", decided: "a person decided",
};
const SHORT = { "by-hand": "By hand", people: "People", schools: "Schools", "follow-ups": "To do" };
const LONGEST = 120;
const NUMBER = new Intl.NumberFormat("en");

// Whatever is not a visible character is shown by its code: an override must not turn a name around.
function visible(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

function words(text) {
  return text.replaceAll("_", " ");
}

function count(number, one, many = `${one}s`) {
  return `${NUMBER.format(number)} ${number === 1 ? one : many}`;
}

// An element: `on...` are listeners, `checked`, `value` and the like properties, the rest attributes; children are elements or text.
function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (["checked", "value", "hidden", "disabled", "open", "colSpan"].includes(name)) made[name] = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== "").map(asNode));
  return made;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(visible(child));
}

// A name of anybody's, whatever direction it is written in.
function name(text) {
  return el("bdi", {}, text);
}

// A name where room is short: the rest of a very long one stands in its fields.
function shortName(text) {
  return name(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function say(text) {
  document.getElementById("said").textContent = visible(text);
}

// A part of the page under a heading, with its place in the navigation.
function part(id, title, number, ...children) {
  const shown = number === null ? [] : [" ", el("span", { class: "count" }, NUMBER.format(number))];
  document.getElementById("parts").append(el("li", {}, el("a", { href: `#${id}` }, SHORT[id] ?? title, ...shown.map((each) => (each === " " ? " " : each.cloneNode(true))))));
  const section = el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title`, tabindex: "-1" }, title, ...shown), ...children);
  document.getElementById("main").append(section);
  return section;
}

function table(caption, heads, rows, kind = "") {
  const head = el("tr", {}, heads.map(([text, number]) => el("th", { scope: "col", class: number ? "number" : null }, text)));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", { class: kind || null }, el("caption", { class: "unseen" }, caption), el("thead", {}, head), el("tbody", {}, rows)));
}

// Elements of a long list, a few at a time.
function inPortions(container, made, portion = 20) {
  let next = 0;
  const more = el("button", { type: "button", onclick: () => {
    const first = container.childElementCount;
    show();
    container.children[first].setAttribute("tabindex", "-1");
    container.children[first].focus();
  } });
  function show() {
    for (const end = Math.min(next + portion, made.length); next < end; next += 1) container.append(made[next]());
    more.hidden = next >= made.length;
    more.textContent = `Show ${Math.min(portion, made.length - next)} more of ${NUMBER.format(made.length - next)}`;
  }
  show();
  return [container, more];
}
