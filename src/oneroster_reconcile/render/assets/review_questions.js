// Who is who: rows of the roster that may be rows of the product, side by side, and what the reader says of them.

const WAITING = {
  disputed: "shares a key with an account that does not clearly match",
  identity_changed: "is linked, and now shares a key with another account",
  email_shared: "shares the address of one account with others",
  email_taken: "has the address of an account that is another's by its name or birth date",
  untrusted_domain: "matches several accounts by an address of a domain that the school does not trust",
  mergeable: "matches several accounts, which are probably one person's",
  proposed: "matches an account that nobody claims",
  likely: "looks like somebody who has an account",
};

function showPeople() {
  const asked = plan.questions.filter((each) => each.kind === "user");
  if (!asked.length) return;
  const blind = plan.is_compared && !plan.is_redacted ? null : el("p", { class: "card warning" }, plan.is_redacted ? "This page is redacted, so that people are known by their ids only." : "This page was made of the plan alone, so that people are known by their ids only.");
  const cards = el("div", {});
  part("people", "People to decide about", asked.length,
    el("p", {}, "Nothing is linked or made for these people until somebody says who they are. A decision holds in every run, until it is taken out of the list."),
    blind, ...inPortions(cards, asked.map((question) => () => questionCard(question)), 10));
}

function showSchools() {
  const asked = plan.questions.filter((each) => each.kind !== "user");
  const { unmapped, free } = plan.schools;
  if (!asked.length && !unmapped.length) return;
  const cards = el("div", {});
  const section = part("schools", "Schools and other rows", asked.length + unmapped.length);
  if (unmapped.length) {
    const body = el("tbody", {});
    const [, more] = inPortions(body, unmapped.map((org) => () => orgRow(org, free)), 25);
    section.append(el("p", {}, "The roster has these schools and districts, and the product does not know them. Say which of the product's they are, or let them be made."),
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Schools that the product does not know" },
        el("table", { class: "schools" }, el("thead", {}, el("tr", {}, ["In the roster", "In the product it is"].map((text) => el("th", { scope: "col" }, text)))), body)), more);
  }
  section.append(...inPortions(cards, asked.map((question) => () => questionCard(question)), 10));
}

function orgRow(org, free) {
  const question = orgQuestion(org);
  const none = org.made ? "a new one, which will be made" : "none, and none is made";
  const options = free.map((each) => el("option", { value: each.id }, each.name === each.id ? each.id : `${each.name} (${each.id})`));
  const select = el("select", { disabled: plan.is_redacted, "aria-label": visible(`${org.name} is`), onchange: () => {
    if (select.value) choices.answers.set(question, { ruling: "same", host: select.value });
    else choices.answers.delete(question);
    choices.changed("decisions.json");
  } }, el("option", { value: "" }, none), options);
  return el("tr", {}, el("td", {}, name(org.name), " ", el("span", { class: "soft" }, org.id), org.near ? el("p", { class: "hint" }, org.near) : null), el("td", {}, select));
}

const orgQuestions = new Map();
function orgQuestion(org) {
  if (!orgQuestions.has(org.id)) orgQuestions.set(org.id, { kind: "org", id: org.id, candidates: [] });
  return orgQuestions.get(org.id);
}

function personName(side) {
  const { facts } = side;
  return [facts["given name"], facts["family name"]].filter(Boolean).join(" ") || facts.name || facts.title || side.id;
}

function questionCard(question) {
  const title = personName(question);
  return el("fieldset", { class: "card question", tabindex: "-1" },
    el("legend", {}, shortName(title), " ", el("span", { class: "soft" }, question.id)),
    el("p", {}, sentence(WAITING[question.why] ?? words(question.why)), "."),
    comparison(question),
    ...(plan.is_redacted ? [] : answering(question, title)));
}

function answering(question, title) {
  return [
    el("div", { class: "answers", role: "radiogroup", "aria-label": visible(`Who is ${title}?`) }, answersFor(question)),
    el("div", { class: "pins" }, question.candidates.map((candidate) => pinBox(question.kind, candidate.id, `Keep account ${candidate.id}: never suspend or delete it`))),
  ];
}

function comparison(question) {
  const fields = [...new Set([question, ...question.candidates].flatMap((side) => Object.keys(side.facts)))];
  const heads = [["Field"], ["In the roster"], ...question.candidates.map((each) => [`In the product: ${each.id}`])];
  const rows = fields.map((field) => el("tr", {}, el("th", { scope: "row" }, field), el("td", {}, name(question.facts[field] ?? "")),
    question.candidates.map((candidate) => compared(question.facts[field], candidate.facts[field]))));
  return fields.length ? table(`${personName(question)} beside whom it may be`, heads, rows, "comparison") : "";
}

function compared(ours, theirs) {
  const same = plain(ours) === plain(theirs);
  const known = ours && theirs;
  const mark = known ? el("span", { class: same ? "same" : "other" }, same ? "✓" : "≠", el("span", { class: "unseen" }, same ? " agrees " : " differs ")) : null;
  return el("td", { class: known && !same ? "differs" : null }, mark, " ", name(theirs ?? ""));
}

function plain(text) {
  return (text ?? "").normalize("NFC").toLowerCase().replace(/\s*\([^)]*\)/g, "").trim();
}

function answersFor(question) {
  const group = `q${questionNumber(question)}`;
  const several = question.candidates.length > 1 && question.kind === "user";
  const answers = [["Decide later", null]];
  for (const each of question.candidates) answers.push([`The same as ${personName(each)} (${each.id})`, { ruling: "same", host: each.id }]);
  if (several) for (const each of question.candidates) answers.push([`One person with several accounts: merge the others into ${each.id}`, { ruling: "merge", host: each.id }]);
  answers.push([question.candidates.length > 1 ? "None of these" : "Somebody else: keep them apart", { ruling: "distinct" }]);
  const chosen = JSON.stringify(choices.answers.get(question) ?? null);
  return answers.map(([text, answer]) => el("label", { class: "check" },
    el("input", { type: "radio", name: group, checked: JSON.stringify(answer) === chosen, onchange: () => answered(question, answer) }), " ", text));
}

const questionNumbers = new Map(plan.questions.map((question, number) => [question, number]));
function questionNumber(question) {
  return questionNumbers.get(question);
}

function answered(question, answer) {
  if (answer) choices.answers.set(question, answer);
  else choices.answers.delete(question);
  choices.changed("decisions.json");
}

function pinBox(kind, id, text) {
  const box = el("input", { type: "checkbox", checked: isPinned(kind, id), onchange: () => { pin(kind, id, box.checked); choices.changed("decisions.json"); } });
  return el("label", { class: "check" }, box, " ", text);
}
