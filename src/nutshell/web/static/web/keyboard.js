// Shortcuts. An element says its own key with data-key ("a", "g n", "ArrowLeft"); entries and the
// sheet's hits are walked with J, K, arrows. Nothing happens while typing, or when switched off.

const on = document.body.dataset.keys !== "off";
const typing = (element) => element.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
const keyOf = (event) => (event.key.length === 1 ? event.key.toLowerCase() : event.key);
const scope = () => document.querySelector("dialog[open]") ?? document;
let prefix = "";

function press(key) {
  const element = scope().querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!element || element.offsetParent === null && !element.closest(".side, .bar-top, .menu")) return false;
  if (element.matches("input")) element.focus(); else element.click();
  return true;
}

function walk(selector, step) {
  const rows = [...scope().querySelectorAll(selector)];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.focus();
  return Boolean(next);
}

const entry = () => document.activeElement?.closest?.(".entry");

function tick() {
  const row = entry();
  if (!row) return false;
  document.dispatchEvent(new CustomEvent("nutshell:choose", { detail: true }));
  const box = row.querySelector(".pick input");
  box.checked = !box.checked;
  return true;
}

const acts = {
  j: () => walk(".entry a.name", 1),
  k: () => walk(".entry a.name", -1),
  x: tick,
  e: () => { const row = entry(); row?.querySelector("a.name").click(); return Boolean(row); },
};

// C and M ask for the day first; Enter there copies or moves. They fall back to the row in focus.
let pending = "c";
function onChosen(key) {
  if (!["c", "m", "Delete"].includes(key)) return false;
  if (!document.querySelector(".pick input:checked") && !tick()) return false;
  if (key === "Delete") return press(key);
  pending = key;
  document.getElementById("to-day")?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.(".choose-bar input, .choose-bar select")) return;
  event.preventDefault();
  press(pending);
});

function inSheet(event) {
  const dialog = document.querySelector("dialog[open], .sheet-like");
  if (!dialog || !dialog.querySelector(".hits")) return false;
  if (event.altKey || event.target.matches("select")) return false;
  if (event.key === "ArrowDown") return walk(".search .input, .hit a.name, .tick", 1);
  if (event.key === "ArrowUp") return walk(".search .input, .hit a.name, .tick", -1);
  if (event.key !== "Enter" || !event.target.matches(".search .input, .tick")) return false;
  const first = event.target.matches(".tick") ? event.target : dialog.querySelector(".hit a.name, .tick");
  // where foods are ticked: Enter in the search ticks the first, Enter again adds all
  if (first?.matches(".tick") && (first === event.target || first.checked)) dialog.querySelector("#add-all").click();
  else first?.click();
  if (first?.matches(".tick")) event.target.select();
  return Boolean(first);
}

document.addEventListener("keydown", (event) => {
  if (inSheet(event)) return void event.preventDefault();
  if (!on || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = keyOf(event);
  const whole = prefix ? `${prefix} ${key}` : key;
  prefix = key === "g" && !prefix ? "g" : "";
  if (prefix) return;
  const done = document.querySelector("dialog[open]") ? press(whole) : (acts[whole]?.() || onChosen(whole) || press(whole));
  if (done) event.preventDefault();
});
