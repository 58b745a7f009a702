// The changes: looked for, filtered, listed, and opened one by one. A change is numbers of texts; see `review_changes.py`.

const VERB = 0, KIND = 1, ID = 2, LABEL = 3, SITUATION = 4, POLICY = 5, GUARD = 6, SCHOOLS = 7, SOURCES = 8, FIELDS = 9;
const { texts, changes } = plan;
const text = (number) => texts[number];
let lowered = null;
const controls = {};
let listed = [];
let longTable = null;

function changesByHand() {
  return listing((row) => text(row[KIND]) === "enrollment" && text(row[SITUATION]) === "local" && REMOVING.has(text(row[VERB])));
}

function listing(test) {
  const found = [];
  for (let at = 0; at < changes.length; at += 1) if (test(changes[at])) found.push(at);
  return found;
}

// The texts as they are searched: made once, when the page is open and nothing waits.
function searched() {
  lowered ??= texts.map((each) => each.toLowerCase());
  return lowered;
}

function marked(word) {
  const all = searched();
  const marks = new Uint8Array(all.length);
  for (let at = 1; at < all.length; at += 1) if (all[at].includes(word)) marks[at] = 1;
  return marks;
}

function anyMarked(marks, numbers) {
  for (let at = 0; at < numbers.length; at += 1) if (marks[numbers[at]]) return true;
  return false;
}

// The changes of which every word stands somewhere: in a name, an id, a value, a school, the verb or the reason.
function matching(query, wanted) {
  const marks = query.toLowerCase().split(/\s+/).filter(Boolean).map(marked);
  const tests = marks.map((mark) => (row) => {
    for (let at = VERB; at <= GUARD; at += 1) if (mark[row[at]]) return true;
    return anyMarked(mark, row[SCHOOLS]) || anyMarked(mark, row[SOURCES]) || anyMarked(mark, row[FIELDS]);
  });
  const number = (value) => texts.indexOf(value);
  const { verb, kind, school, why, held } = wanted;
  if (verb) { const of = number(verb); tests.unshift((row) => row[VERB] === of); }
  if (kind) { const of = number(kind); tests.unshift((row) => row[KIND] === of); }
  if (why) { const of = number(why); tests.unshift((row) => row[SITUATION] === of); }
  if (school) { const of = number(school); tests.unshift((row) => row[SCHOOLS].includes(of)); }
  if (held === "*") tests.unshift((row) => row[GUARD] !== 0);
  else if (held === "-") tests.unshift((row) => row[GUARD] === 0);
  else if (held) { const of = number(held.slice(1)); tests.unshift((row) => row[GUARD] === of); }
  return listing((row) => tests.every((test) => test(row)));
}

function distinct(column) {
  const found = new Set();
  for (const row of changes) for (const each of [row[column]].flat()) found.add(each);
  found.delete(0);
  return [...found].map(text);
}

function showChanges() {
  if (!changes.length) return;
  const sorted = (values) => values.sort((a, b) => a.localeCompare(b, "en"));
  const pairs = (values, say = words) => values.map((value) => [value, say(value)]);
  const guards = distinct(GUARD);
  controls.query = el("input", { type: "search", id: "query", autocomplete: "off", spellcheck: "false", placeholder: "name, id, e-mail, class …", oninput: soon });
  controls.verb = choice("verb", "Verb", pairs(distinct(VERB)));
  controls.kind = choice("kind", "Kind", pairs(distinct(KIND)));
  controls.school = choice("school", "School", pairs(sorted(distinct(SCHOOLS)), String));
  controls.why = choice("why", "Why", pairs(distinct(SITUATION), (value) => WHY[value] ?? words(value)));
  controls.held = choice("held", "Held", guards.length ? [["*", "held"], ["-", "not held"], ...guards.map((each) => [`=${each}`, `by ${each}`])] : []);
  controls.count = el("p", { class: "found", role: "status", "aria-live": "polite" });
  controls.keep = el("button", { type: "button", onclick: keepListed });
  controls.leave = el("button", { type: "button", onclick: leaveListed });
  controls.choose = el("button", { type: "button", onclick: chooseListed });
  longTable = new LongTable("Changes", ["Change", "Who or what", "What", "School", "Why"], changeRow);
  const filters = el("form", { class: "filters", role: "search", "aria-label": "Filter the changes", onsubmit: (event) => event.preventDefault() },
    el("div", { class: "field wide" }, el("label", { for: "query" }, "Search"), controls.query),
    ["verb", "kind", "school", "why", "held"].map((each) => controls[each].parentNode), el("div", { class: "field small" }, el("button", { type: "reset", onclick: () => setTimeout(filter) }, "Clear")));
  part("changes", "Changes", changes.length, filters, el("div", { class: "above" }, controls.count, el("div", { class: "buttons" }, controls.choose, controls.leave, controls.keep)), longTable.frame);
  choices.watchers.push(() => longTable.refresh(), offer);
  filter();
  setTimeout(searched, 300);
}

function choice(id, label, options) {
  const select = el("select", { id, onchange: filter }, el("option", { value: "" }, "all"), options.map(([value, shown]) => el("option", { value }, shown)));
  el("div", { class: "field", hidden: options.length === 0 }, el("label", { for: id }, label), select);
  return select;
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(filter, 20);
}

function filter() {
  const began = performance.now();
  const wanted = Object.fromEntries(["verb", "kind", "school", "why", "held"].map((each) => [each, controls[each].value]));
  listed = matching(controls.query.value, wanted);
  longTable.show(listed);
  controls.count.textContent = listed.length === changes.length ? `All ${count(changes.length, "change")}` : `${NUMBER.format(listed.length)} of ${count(changes.length, "change")}`;
  offer();
  performance.measure("filter", { start: began });
}

// The list with these filters and no others.
function showOnly(wanted) {
  controls.query.form.reset();
  for (const [each, value] of Object.entries(wanted)) controls[each].value = each === "held" ? `=${value}` : value;
  filter();
  const title = document.getElementById("changes-title");
  title.scrollIntoView();
  title.focus({ preventScroll: true });
}

// To refuse what a school or verb would lose: its rows are pinned, which a sync honours from the next plan on.
function keepable() {
  return plan.is_redacted ? [] : listed.filter((at) => PINNED_BY.has(text(changes[at][VERB])));
}

function offer() {
  const number = NUMBER.format(listed.length);
  const open = listed.filter((at) => !choices.without.has(at)).length;
  controls.choose.hidden = listed.length === 0 || listed.length === changes.length || listed.every((at) => choices.only.has(at));
  controls.choose.textContent = `Apply ${choices.only.size ? "these, too" : "only these"} (${number})`;
  controls.leave.hidden = open === 0;
  controls.leave.textContent = `Leave out of this plan (${NUMBER.format(open)})`;
  offerKeeping();
}

// A part of the plan: it is applied now, and what is left out comes again with the next plan.
function leaveListed() {
  leaveOut(listed, true);
  say(`${count(listed.length, "change is", "changes are")} left out.`);
}

function chooseListed() {
  for (const at of listed) choices.only.add(at);
  partChanged();
  say(`Only ${count(choices.only.size, "change is", "changes are")} applied.`);
}

function offerKeeping() {
  const open = keepable().filter((at) => !isPinned(text(changes[at][KIND]), text(changes[at][ID])));
  controls.keep.hidden = open.length === 0;
  controls.keep.textContent = `Refuse ${count(open.length, "removal")} in this list: keep the rows`;
}

function keepListed() {
  for (const at of keepable()) pin(text(changes[at][KIND]), text(changes[at][ID]), true);
  choices.changed("decisions.json");
  say("The rows in the list are kept.");
}

function changeRow(at) {
  const row = changes[at];
  const [verb, kind] = [text(row[VERB]), text(row[KIND])];
  const kept = isPinned(kind, text(row[ID])) ? el("span", { class: "chip" }, "kept") : null;
  const held = row[GUARD] ? el("span", { class: "chip error" }, "held") : null;
  const left = isLeftOut(at) ? el("span", { class: "chip" }, "left out") : null;
  return el("tr", {}, el("td", {}, badge(verb), el("span", { class: "under" }, words(kind))),
    el("td", {}, openButton(at), el("span", { class: "under full" }, text(row[ID])), el("span", { class: "under brief" }, summary(row))),
    el("td", {}, el("span", { class: "clip" }, summary(row)), el("span", { class: "under" }, left, held, kept)),
    el("td", {}, el("span", { class: "clip" }, row[SCHOOLS].map(text).join(", "))),
    el("td", {}, el("span", { class: "clip" }, WHY[text(row[SITUATION])] ?? words(text(row[SITUATION])))));
}

function openButton(at) {
  const row = changes[at];
  return el("button", { type: "button", class: "link", onclick: () => openChange(at) }, el("span", { class: "unseen" }, `${text(row[VERB])} ${words(text(row[KIND]))} `), name(text(row[LABEL]) || text(row[ID])));
}

function fieldsOf(row) {
  const found = [];
  for (let at = 0; at < row[FIELDS].length; at += 3) found.push(row[FIELDS].slice(at, at + 3).map(text));
  return found;
}

function summary(row) {
  const fields = fieldsOf(row);
  const differing = fields.filter(([, before, after]) => before !== after);
  if (["create", "enroll", "unenroll", "delete"].includes(text(row[VERB]))) {
    const telling = fields.find(([field]) => ["role", "roles", "type", "class type"].includes(field)) ?? fields[0];
    return telling ? telling[1] || telling[2] : "";
  }
  if (differing.length !== 1) return differing.map(([field]) => field).join(", ");
  const [[field, before, after]] = differing;
  return `${field}: ${before || "(none)"} → ${after || "(none)"}`;
}

function openChange(at) {
  const row = changes[at];
  const [verb, kind, id] = [VERB, KIND, ID].map((column) => text(row[column]));
  const dialog = document.getElementById("change");
  const opener = document.activeElement;
  // The row may have been drawn anew meanwhile.
  dialog.onclose = () => (opener.isConnected ? opener : longTable.buttonOf(at))?.focus({ preventScroll: true });
  const close = el("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const facts = [["Row", id], ["School", row[SCHOOLS].map(text).join(", ")], ["Why", WHY[text(row[SITUATION])] ?? words(text(row[SITUATION]))], ["By the policy", text(row[POLICY])],
    ["Source rows", row[SOURCES].map(text).join(", ")], ["Held by", text(row[GUARD])]].filter(([, value]) => value);
  const heads = [["Field"], ["Before"], ["After"]];
  const rows = fieldsOf(row).map(([field, before, after]) => el("tr", { class: before === after ? "unchanged" : null },
    el("th", { scope: "row" }, field), el("td", { class: "before" }, name(before)), el("td", { class: "after" }, name(after))));
  dialog.replaceChildren(
    el("div", { class: "dialog-head" }, el("h2", { id: "change-title" }, badge(verb), " ", words(kind), " ", shortName(text(row[LABEL]) || id)), close),
    el("dl", { class: "facts" }, facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, name(value))))),
    rows.length ? table("Field by field", heads, rows, "fields") : "",
    el("p", {}, leaveBox(at)),
    PINNED_BY.has(verb) && !plan.is_redacted ? el("p", {}, pinBox(kind, id, "Refuse this: keep the row in every run (pin)")) : "");
  dialog.showModal();
}

function leaveBox(at) {
  const box = el("input", { type: "checkbox", checked: choices.without.has(at), onchange: () => leaveOut([at], box.checked) });
  return el("label", { class: "check" }, box, " Leave this out when the plan is applied");
}
