// What was decided, gathered and saved as the two documents that the library reads.

const saving = {};

function showSaving() {
  saving.by = el("input", { id: "by", autocomplete: "name", required: true, oninput: () => saving.by.removeAttribute("aria-invalid") });
  saving.why = el("input", { id: "why-decided", autocomplete: "off" });
  saving.list = el("ul", { class: "plain" });
  saving.both = el("p", { class: "hint" }, "You did both. With the decisions the plan becomes another one, and is approved anew; this one, if it is applied, knows nothing of them.");
  saving.part = el("div", { class: "buttons" });
  saving.trouble = el("p", { class: "trouble", role: "alert" });
  saving.buttons = el("div", { class: "buttons" },
    plan.is_redacted ? "" : el("button", { type: "button", class: "main", id: "save-decisions", onclick: () => save("decisions.json", decisionsDocument) }, "Save decisions.json"),
    el("button", { type: "button", class: "main", id: "save-approvals", onclick: () => save("approvals.json", approvalsDocument) }, "Save approvals.json"),
    changes.length ? el("button", { type: "button", class: "main", id: "save-selection", onclick: () => save("selection.json", selectionDocument) }, "Save selection.json") : "");
  const section = part("save", "Save", null,
    el("p", {}, plan.is_redacted ? "" : ["Decisions change what is planned: make the plan again with ", el("code", {}, "plan --decisions decisions.json"), " before anything is applied. "], "Approvals are of this plan as it is: apply it with ",
      el("code", {}, "apply --approvals approvals.json"), ". A selection says which changes are applied: ", el("code", {}, "apply --only selection.json"),
      ". What they need comes with them, what needs a change that is left out is left out, too, and the next plan has the rest."),
    el("div", { class: "filters" }, el("div", { class: "field" }, el("label", { for: "by" }, "Your name (needed)"), saving.by),
      el("div", { class: "field wide" }, el("label", { for: "why-decided" }, "Reason"), saving.why)),
    saving.list, saving.part, saving.both, earlierDecisions(), saving.trouble, saving.buttons);
  section.classList.add("card");
  choices.watchers.push(showChosen);
  showChosen();
  window.addEventListener("beforeunload", (event) => { if (choices.unsaved.size) event.preventDefault(); });
}

function earlierDecisions() {
  const earlier = plan.decisions.decisions;
  if (!earlier.length) return "";
  const list = el("ul", { class: "plain" });
  const items = earlier.map((each, number) => () => {
    const box = el("input", { type: "checkbox", onchange: () => {
      if (box.checked) choices.revoked.add(number);
      else choices.revoked.delete(number);
      choices.changed("decisions.json");
    } });
    return el("li", {}, el("label", { class: "check" }, box, " Take back: ", decisionText(each), el("span", { class: "soft" }, ` (by ${each.by}${each.why ? `: ${each.why}` : ""})`)));
  });
  return el("details", {}, el("summary", {}, `${count(earlier.length, "earlier decision")}, saved with yours`), ...inPortions(list, items));
}

function decisionText(each) {
  const ours = `${words(each.kind)} ${each.source_id ?? ""}`;
  const sayings = {
    same: `${ours} is ${each.host_id}`, distinct: `${ours} is not ${each.host_id}`, split: `${ours} leaves ${each.host_id}`,
    pin: `${words(each.kind)} ${each.host_id} is kept`, merge: `account ${each.other} goes into ${each.host_id}`,
    keep: `${words(each.kind)} ${someOf(each.rows)} ${each.columns ? `keeps ${each.columns.join(", ")}` : "stays as it is"}`,
    omit: `${words(each.kind)} ${someOf(each.rows)} is left out`,
  };
  return sayings[each.ruling] ?? each.ruling;
}

function someOf(rows = []) {
  return rows.length > 3 ? `${rows.slice(0, 3).join(", ")} and ${NUMBER.format(rows.length - 3)} more` : rows.join(", ");
}

function approvalTexts() {
  const { plans, standing } = approvalsDocument("", "", null);
  const whole = plans.flatMap((each) => each.guards).map((guard) => `${guard} is approved for this plan`);
  return [...whole, ...standing.map((each) => `${each.guard} is approved for ${whereOf(each.guard, each.scope)}: up to ${NUMBER.format(each.ceiling)}, in plans as of ${each.until} or earlier`)];
}

function whereOf(guard, scope) {
  return plan.guards.find((each) => each.guard === guard && each.scope === scope)?.where || "the whole plan";
}

function partTexts() {
  const { only, without } = choices;
  return [...(only.size ? [`only ${count(only.size, "change")} applied`] : []), ...(without.size ? [`${count(without.size, "change")} left out`] : [])];
}

function applyAll() {
  choices.only.clear();
  choices.without.clear();
  partChanged();
}

function showChosen() {
  const made = newRulings();
  const approved = choices.approved.size;
  const parts = [count(made.length, "decision"), count(approved, "approval")];
  if (choices.revoked.size) parts.push(`${NUMBER.format(choices.revoked.size)} taken back`);
  parts.push(...partTexts());
  const lines = [...partTexts(), ...made.map(decisionText), ...approvalTexts()];
  saving.part.replaceChildren(...(isPart() ? [el("button", { type: "button", onclick: applyAll }, "Apply all changes after all")] : []));
  const shown = lines.slice(0, 50).map((line) => el("li", {}, sentence(line)));
  if (lines.length > 50) shown.push(el("li", { class: "soft" }, `and ${NUMBER.format(lines.length - 50)} more`));
  saving.both.hidden = !(made.length + choices.revoked.size && approved);
  saving.list.replaceChildren(...(shown.length ? shown : [el("li", { class: "soft" }, "Nothing is decided yet.")]));
  const tray = document.getElementById("tray");
  const any = made.length + approved + choices.revoked.size > 0 || isPart();
  tray.hidden = !any;
  tray.replaceChildren(el("span", {}, parts.join(", ")), el("a", { class: "button", href: "#save" }, "Look and save"));
  if (any) say(`${parts.join(", ")} so far`);
}

function save(file, documentOf) {
  const by = saving.by.value.trim();
  saving.trouble.textContent = by ? "" : "Give your name: decisions and approvals say whose word they are.";
  if (!by) {
    saving.by.setAttribute("aria-invalid", "true");
    saving.by.focus();
    return;
  }
  const document_ = documentOf(by, saving.why.value.trim(), new Date().toISOString());
  const address = URL.createObjectURL(new Blob([`${JSON.stringify(document_, null, 1)}\n`], { type: "application/json" }));
  el("a", { href: address, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  choices.unsaved.delete(file);
  say(`${file} is saved.`);
}

showOverview();
showGuards();
showByHand();
showPeople();
showSchools();
showIssues();
showFollowUps();
showChanges();
showSaving();
