// What was decided, gathered and saved as the two documents that the library reads.

const saving = {};

function showSaving() {
  saving.by = el("input", { id: "by", autocomplete: "name", required: true, oninput: () => saving.by.removeAttribute("aria-invalid") });
  saving.why = el("input", { id: "why-decided", autocomplete: "off" });
  saving.list = el("ul", { class: "plain" });
  saving.both = el("p", { class: "hint" }, "You did both. With the decisions the plan becomes another one, and is approved anew; this one, if it is applied, knows nothing of them.");
  saving.trouble = el("p", { class: "trouble", role: "alert" });
  saving.buttons = el("div", { class: "buttons" },
    el("button", { type: "button", class: "main", id: "save-decisions", onclick: () => save("decisions.json", decisionsDocument) }, "Save decisions.json"),
    el("button", { type: "button", class: "main", id: "save-approvals", onclick: () => save("approvals.json", approvalsDocument) }, "Save approvals.json"));
  const section = part("save", "Save", null,
    el("p", {}, "Decisions change what is planned: make the plan again with ", el("code", {}, "plan --decisions decisions.json"), " before anything is applied. Approvals are of this plan as it is: apply it with ",
      el("code", {}, "apply --approvals approvals.json"), "."),
    el("div", { class: "filters" }, el("div", { class: "field" }, el("label", { for: "by" }, "Your name (needed)"), saving.by),
      el("div", { class: "field wide" }, el("label", { for: "why-decided" }, "Reason"), saving.why)),
    saving.list, saving.both, earlierDecisions(), saving.trouble, saving.buttons);
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
  };
  return sayings[each.ruling] ?? each.ruling;
}

function approvalTexts() {
  const { plans, standing } = approvalsDocument("", "", null);
  const whole = plans.flatMap((each) => each.guards).map((guard) => `${guard} is approved for this plan`);
  return [...whole, ...standing.map((each) => `${each.guard} is approved for ${whereOf(each.guard, each.scope)}: up to ${NUMBER.format(each.ceiling)}, in plans as of ${each.until} or earlier`)];
}

function whereOf(guard, scope) {
  return plan.guards.find((each) => each.guard === guard && each.scope === scope)?.where || "the whole plan";
}

function showChosen() {
  const made = newRulings();
  const approved = choices.approved.size;
  const parts = [count(made.length, "decision"), count(approved, "approval")];
  if (choices.revoked.size) parts.push(`${NUMBER.format(choices.revoked.size)} taken back`);
  const lines = [...made.map(decisionText), ...approvalTexts()];
  const shown = lines.slice(0, 50).map((line) => el("li", {}, sentence(line)));
  if (lines.length > 50) shown.push(el("li", { class: "soft" }, `and ${NUMBER.format(lines.length - 50)} more`));
  saving.both.hidden = !(made.length + choices.revoked.size && approved);
  saving.list.replaceChildren(...(shown.length ? shown : [el("li", { class: "soft" }, "Nothing is decided yet.")]));
  const tray = document.getElementById("tray");
  const any = made.length + approved + choices.revoked.size > 0;
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
