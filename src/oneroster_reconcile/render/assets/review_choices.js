// What the reader chose so far. It lives as long as the page is open, and nowhere else.

const choices = {
  answers: new Map(), // question -> {ruling, host} or {ruling, hosts}
  pins: new Map(), // "kind id" -> {kind, host_id}
  approved: new Set(), // numbers of verdicts
  revoked: new Set(), // numbers of earlier decisions
  only: new Set(), // numbers of the changes that alone are applied; none: all
  without: new Set(), // numbers of the changes that are left out
  unsaved: new Set(), // names of files
  watchers: [],
  changed(file) {
    this.unsaved.add(file);
    for (const watcher of this.watchers) watcher();
  },
};

function pinKey(kind, id) {
  return JSON.stringify([kind, id]);
}

function isPinned(kind, id) {
  return choices.pins.has(pinKey(kind, id));
}

function pin(kind, id, wanted) {
  if (wanted) choices.pins.set(pinKey(kind, id), { kind, host_id: id });
  else choices.pins.delete(pinKey(kind, id));
}

// The rulings that an answer stands for, as a document of decisions has them.
function rulingsOf(question, answer) {
  const pair = (ruling, host) => ({ ruling, kind: question.kind, host_id: host, source: plan.source, source_id: question.id });
  if (answer.ruling === "same") return [pair("same", answer.host)];
  if (answer.ruling === "distinct") return question.candidates.map((each) => pair("distinct", each.id));
  const others = question.candidates.filter((each) => each.id !== answer.host);
  return [...others.map((each) => ({ ruling: "merge", kind: question.kind, host_id: answer.host, other: each.id })), pair("same", answer.host)];
}

function newRulings() {
  const answered = [...choices.answers].flatMap(([question, answer]) => rulingsOf(question, answer));
  // Who goes into another account is not kept: the two would contradict each other.
  const gone = new Set(answered.filter((each) => each.ruling === "merge").map((each) => pinKey(each.kind, each.other)));
  const pins = [...choices.pins].filter(([key]) => !gone.has(key)).map(([, each]) => ({ ruling: "pin", ...each }));
  return [...answered, ...pins];
}

// An earlier decision that says otherwise of the same rows gives way: two that contradict each other would both be void.
function givesWay(earlier, made) {
  const paired = new Set(["same", "distinct", "split"]);
  if (earlier.kind !== made.kind) return false;
  if (earlier.ruling === "merge" && made.ruling === "merge") return earlier.other === made.other || earlier.host_id === made.other;
  if (earlier.ruling === "pin") return earlier.host_id === (made.ruling === "pin" ? made.host_id : made.other);
  if (!paired.has(earlier.ruling) || earlier.source !== made.source || earlier.source_id !== made.source_id) return false;
  return earlier.host_id === made.host_id || (earlier.ruling === "same" && made.ruling === "same");
}

function decisionsDocument(by, why, at) {
  const made = newRulings().map((each) => ({ ...each, by, at, why }));
  const earlier = plan.decisions.decisions.filter((each, number) => !choices.revoked.has(number) && !made.some((one) => givesWay(each, one)));
  return { ...plan.decisions, decisions: [...earlier, ...made] };
}

function isPart() {
  return choices.only.size + choices.without.size > 0;
}

function isLeftOut(at) {
  return choices.without.has(at) || (choices.only.size > 0 && !choices.only.has(at));
}

function leaveOut(numbers, wanted) {
  for (const at of numbers) {
    if (wanted) choices.without.add(at);
    else choices.without.delete(at);
  }
  partChanged();
}

// What is approved is said otherwise of a part than of the whole.
function partChanged() {
  if (choices.approved.size) choices.unsaved.add("approvals.json");
  choices.changed("selection.json");
}

// Changes as a selection names them: rows by kind and verb.
function partsOf(numbers) {
  const found = new Map();
  for (const at of [...numbers].sort((a, b) => a - b)) {
    const [verb, kind, id] = [VERB, KIND, ID].map((column) => text(changes[at][column]));
    const key = JSON.stringify([kind, verb]);
    if (!found.has(key)) found.set(key, { verbs: [verb], kinds: [kind], rows: [] });
    found.get(key).rows.push(id);
  }
  return [...found.values()];
}

function selectionDocument(by, why, at) {
  return { ...plan.selection, digest: plan.digest, only: partsOf(choices.only), without: partsOf(choices.without), by, at, why };
}

// A guard that is approved wherever it holds is approved for this plan; one that is approved in some places only, or for a part of the plan, which has a digest of its own,
// by a word for each of these places that ends with the plan's day.
function approvalsDocument(by, why, at) {
  const held = new Map();
  plan.guards.forEach((verdict, number) => {
    if (isHolding(verdict)) held.set(verdict.guard, [...(held.get(verdict.guard) ?? []), number]);
  });
  const guards = isPart() ? [] : [...held.keys()].filter((guard) => held.get(guard).every((number) => choices.approved.has(number)));
  const rest = plan.guards.filter((verdict, number) => choices.approved.has(number) && !guards.includes(verdict.guard));
  return {
    ...plan.approvals,
    plans: guards.length ? [{ digest: plan.digest, guards, by, at, why }] : [],
    standing: rest.map(({ guard, scope, counted }) => ({ guard, scope, ceiling: counted, until: plan.as_of, by, why })),
  };
}

function isHolding(verdict) {
  return verdict.tripped && verdict.holds !== "nothing";
}
