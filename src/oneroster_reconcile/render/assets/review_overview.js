// What is seen first: how much, what is held, who has to be decided about, and what people added by hand and would lose.

function showOverview() {
  document.getElementById("title").textContent = visible(`Plan for ${plan.source}`);
  document.getElementById("about").append(
    "By policy ", name(plan.policy), `, as of ${plan.as_of}. Digest `, el("code", {}, plan.digest.slice(0, 12)), ".");
  const people = plan.questions.filter((each) => each.kind === "user").length;
  const held = plan.held.reduce((sum, each) => sum + each.count, 0);
  const byHand = changesByHand().length;
  const tiles = [
    [plan.changes.length, "Changes", "changes", ""],
    [held, "Held by guards", "guards", held ? "error" : ""],
    [people, "People to decide about", "people", people ? "warning" : ""],
    [byHand, "Added by hand, would end", "by-hand", byHand ? "warning" : ""],
  ];
  const section = part("overview", "At a glance", null, el("p", { class: "lead" }, verdict(held, people, byHand)), el("ul", { class: "tiles" }, tiles.map(tile)));
  if (plan.counts.length) section.append(countsTable());
  section.append(basisTable());
}

function verdict(held, people, byHand) {
  if (!plan.changes.length) return "Nothing would change: the product holds what it should.";
  const waits = [];
  if (held) waits.push(`${count(held, "change is", "changes are")} held until somebody approves`);
  if (people) waits.push(`${count(people, "person waits", "people wait")} for a decision`);
  if (byHand) waits.push(`${count(byHand, "membership")} that somebody added by hand would end`);
  return waits.length ? `${sentence(waits.join("; "))}.` : "No guard holds anything, and nobody has to be decided about.";
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tile([number, text, target, mark]) {
  const said = [el("b", {}, NUMBER.format(number)), el("span", {}, text)];
  return el("li", { class: mark || null }, number ? el("a", { href: `#${target}` }, said) : el("div", {}, said));
}

function countsTable() {
  const held = new Map(plan.held.map((each) => [`${each.verb} ${each.kind}`, each.count]));
  const rows = plan.counts.map(({ verb, kind, count: number, of }) => {
    const show = el("button", { type: "button", class: "link", onclick: () => showOnly({ verb, kind }) }, "Show", el("span", { class: "unseen" }, ` ${verb} ${words(kind)}`));
    const waits = held.get(`${verb} ${kind}`) ?? 0;
    return el("tr", {}, el("td", {}, badge(verb)), el("td", {}, words(kind)), el("td", { class: "number" }, NUMBER.format(number)),
      el("td", { class: "number" }, of ? `${share(number, of)} of ${NUMBER.format(of)}` : ""), el("td", { class: "number" }, waits ? NUMBER.format(waits) : ""), el("td", {}, show));
  });
  return table("Changes by verb and kind", [["Verb"], ["Of"], ["Changes", true], ["Share", true], ["Held", true], ["In the list"]], rows, "counts");
}

function share(number, of) {
  return number / of < 0.001 ? "< 0.1 %" : `${((100 * number) / of).toFixed(1)} %`;
}

// What the plan was made of: whoever has the files can tell whether it is these.
function basisTable() {
  const names = { roster: "Roster", directory: "What the product held", base: "What was remembered", crosswalk: "Links", policy: "Policy", decisions: "Decisions" };
  const rows = Object.entries(names).filter(([each]) => plan.basis[each]).map(([each, said]) => el("tr", {}, el("th", { scope: "row" }, said), el("td", {}, el("code", {}, plan.basis[each]))));
  return rows.length ? el("details", {}, el("summary", {}, "What the plan was made of"), table("Fingerprints of what the plan was made of", [["Of"], ["Fingerprint"]], rows)) : "";
}

function badge(verb) {
  return el("span", { class: `badge ${verb}` }, el("span", { "aria-hidden": "true" }, `${SIGNS[verb] ?? ""} `), verb);
}

const HELD = { nothing: "nothing", scope: "what it counted", removals: "every removal", everything: "everything" };

function showGuards() {
  const tripped = new Map();
  plan.guards.forEach((each, number) => {
    if (each.tripped) tripped.set(each.guard, [...(tripped.get(each.guard) ?? []), number]);
  });
  const passed = plan.guards.filter((each) => !each.tripped);
  if (!plan.guards.length) return;
  const section = part("guards", "Guards", [...tripped.values()].flat().length);
  if (!tripped.size) section.append(el("p", {}, "No guard tripped."));
  for (const [guard, numbers] of tripped) section.append(guardCard(guard, numbers));
  if (passed.length) {
    const rows = passed.map((each) => el("tr", {}, el("td", {}, each.guard), el("td", {}, name(each.where)), ...measured(each)));
    section.append(el("details", {}, el("summary", {}, `${count(passed.length, "measurement")} within the limits`),
      table("Guards within their limits", [["Guard"], ["Where"], ["Counted", true], ["Of", true], ["Limit", true]], rows)));
  }
}

function measured(verdict) {
  return [verdict.counted, verdict.of, verdict.limit].map((number) => el("td", { class: "number" }, NUMBER.format(number)));
}

function guardCard(guard, numbers) {
  const first = plan.guards[numbers[0]];
  const holding = isHolding(first);
  const card = el("article", { class: `card ${holding ? "error" : "warning"}` }, el("h3", {}, guard), el("p", {}, sentence(first.message), "."), el("p", { class: "do" }, first.help),
    first.about ? el("details", {}, el("summary", {}, "Why this matters"), el("p", {}, first.about.replaceAll("`", ""))) : null);
  const boxes = [];
  const body = el("tbody", {});
  const [, more] = inPortions(body, numbers.map((number) => () => guardRow(number, boxes)), 25);
  const heads = ["Where", "Counted", "Of", "Limit", "Holds", "Approve"];
  const head = el("tr", {}, heads.map((text, at) => el("th", { scope: "col", class: at > 0 && at < 4 ? "number" : null }, text)));
  card.append(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Where ${visible(guard)} tripped` }, el("table", {}, el("thead", {}, head), body)), more);
  const open = numbers.filter((number) => isHolding(plan.guards[number]) && plan.guards[number].approvable);
  const buttons = el("div", { class: "buttons" });
  if (open.length > 1) buttons.append(el("button", { type: "button", onclick: () => approveAll(open, boxes) }, `Approve all ${NUMBER.format(open.length)}`));
  if (holding && distinct(GUARD).includes(guard)) buttons.append(el("button", { type: "button", onclick: () => showOnly({ held: guard }) }, "Show what is held"));
  card.append(buttons);
  return card;
}

function guardRow(number, boxes) {
  const verdict = plan.guards[number];
  const where = verdict.where || "the whole plan";
  let approve = "Holds nothing";
  if (isHolding(verdict) && !verdict.approvable) approve = "Nobody can approve this";
  else if (isHolding(verdict)) {
    const box = el("input", { type: "checkbox", checked: choices.approved.has(number), onchange: () => approveOne(number, box.checked) });
    boxes.push([number, box]);
    approve = el("label", { class: "check" }, box, " Approve", el("span", { class: "unseen" }, ` ${verdict.guard}: ${where}`));
  }
  return el("tr", {}, el("td", {}, name(where)), ...measured(verdict), el("td", {}, HELD[verdict.holds] ?? verdict.holds), el("td", {}, approve));
}

function approveOne(number, wanted) {
  if (wanted) choices.approved.add(number);
  else choices.approved.delete(number);
  choices.changed("approvals.json");
}

function approveAll(numbers, boxes) {
  for (const number of numbers) choices.approved.add(number);
  for (const [number, box] of boxes) box.checked = choices.approved.has(number);
  choices.changed("approvals.json");
}

function showByHand() {
  const found = changesByHand();
  if (!found.length) return;
  const list = el("ul", { class: "plain" });
  const [, more] = inPortions(list, found.map((at) => () => el("li", {}, openButton(at))), 10);
  part("by-hand", "Added by hand", found.length,
    el("p", {}, "The roster never had these memberships: somebody at a school added them. They would end."), list,
    el("div", { class: "buttons" }, more, el("button", { type: "button", onclick: () => showOnly({ kind: "enrollment", why: "local" }) }, "Show them in the list")));
}

function showIssues() {
  // What guards say stands in their own part.
  const said = new Set(plan.guards.filter((each) => each.tripped).map((each) => each.code));
  const issues = plan.issues.filter((each) => !said.has(each.code));
  if (!issues.length) return;
  const ranks = ["error", "warning", "note"];
  const listed = issues.sort((a, b) => ranks.indexOf(a.severity) - ranks.indexOf(b.severity));
  const cards = el("div", {});
  part("issues", "Issues", issues.length, ...inPortions(cards, listed.map((issue) => () => issueCard(issue))));
}

function issueCard(issue) {
  const menders = { source: "For the district, which sends the roster", host: "For the product, which takes it", support: "For those who run the sync" };
  const rows = issue.count > 1 ? el("span", { class: "soft" }, ` ${count(issue.count, "row")}`) : null;
  const named = issue.examples.length ? el("p", { class: "soft" }, "Such as ", el("code", {}, issue.examples.join(", ")), issue.count > issue.examples.length ? ", …" : null) : null;
  return el("article", { class: `card ${issue.severity}` },
    el("h3", {}, el("span", { class: "mark" }, sentence(issue.severity)), " ", sentence(issue.message), rows),
    el("p", { class: "do" }, issue.help, issue.needs_rerun ? " Then run the sync again." : null), named,
    issue.about ? el("details", {}, el("summary", {}, "Why this matters"), el("p", {}, issue.about.replaceAll("`", ""))) : null,
    el("p", { class: "soft" }, menders[issue.fix_at] ?? "", issue.where ? `. First seen at ${issue.where}` : null, " · ", el("code", {}, issue.code)));
}

function showFollowUps() {
  if (!plan.follow_ups.length) return;
  const byTask = new Map();
  for (const each of plan.follow_ups) byTask.set(each.task, [...(byTask.get(each.task) ?? []), each]);
  part("follow-ups", "To do afterwards", plan.follow_ups.reduce((sum, each) => sum + each.count, 0), [...byTask].map(([task, found]) => taskCard(task, found)));
}

function taskCard(task, found) {
  const list = el("ul", {});
  const items = found.map((each) => () => {
    const more = each.count > each.subjects.length ? `, and ${NUMBER.format(each.count - each.subjects.length)} more` : "";
    return el("li", {}, each.where ? [el("strong", {}, name(each.where)), ": "] : null, each.subjects.map((subject, at) => [at ? ", " : null, name(subject)]).flat(), more);
  });
  const total = found.reduce((sum, each) => sum + each.count, 0);
  return el("details", { class: "card" }, el("summary", {}, el("strong", {}, sentence(words(task))), `: ${NUMBER.format(total)}`, el("span", { class: "soft" }, ` by ${found[0].who}`)), ...inPortions(list, items));
}
