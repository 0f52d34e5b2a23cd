// Portion stepper and live preview. Amounts may be written "1/2", "1 1/2" or "1,5".
// The preview scales the server's own values per gram; sums of the day only come from the server.

const number = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 2, useGrouping: false });

function parseAmount(text) {
  const tidy = text.trim().replace(",", ".").replace("½", " 1/2").replace("¼", " 1/4").replace("¾", " 3/4").trim();
  const parts = /^(?:(\d+(?:\.\d*)?|\.\d+)(?:\s+|$))?(?:(\d+)\s*\/\s*(\d+))?$/.exec(tidy);
  if (!parts || tidy === "") return NaN;
  const [, whole, above, below] = parts;
  return Number(whole ?? 0) + (above ? Number(above) / Number(below) : 0);
}

// steps of 1, 5 or 10 by size; halves and quarters below 1
function stepFor(amount) {
  if (amount < 1) return 0.25;
  if (amount < 10) return 1;
  return amount < 50 ? 5 : 10;
}

function stepped(amount, direction) {
  const step = stepFor(direction < 0 ? amount - 1e-9 : amount);
  const steps = direction > 0 ? Math.floor(amount / step + 1e-9) + 1 : Math.ceil(amount / step - 1e-9) - 1;
  return Math.max(steps * step, step);
}

function written(value, whole) {
  const size = Math.abs(value);
  const digits = whole || size === 0 || size >= 99.95 ? 0 : size < 0.995 ? 2 : 1;
  return new Intl.NumberFormat(document.documentElement.lang || "en", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(value);
}

function preview(form) {
  const amount = parseAmount(form.elements.amount.value);
  const unit = form.elements.unit;
  const grams = amount * Number(unit.selectedOptions[0]?.dataset.grams);
  for (const place of form.querySelectorAll("[data-per-gram]")) {
    const perGram = place.dataset.perGram;
    if (perGram === "" || Number.isNaN(grams)) continue;
    place.textContent = written(Number(perGram) * grams, "whole" in place.dataset);
  }
  for (const chip of form.querySelectorAll("[data-amount]")) {
    const same = chip.dataset.unit === unit.value && parseAmount(chip.dataset.amount) === amount;
    if (same) chip.setAttribute("aria-current", "true"); else chip.removeAttribute("aria-current");
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-portion]");
  if (form?.elements.amount) preview(form);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("form[data-portion] [data-step], form[data-portion] [data-amount]");
  if (!button) return;
  event.preventDefault();
  const form = button.closest("form");
  const field = form.elements.amount;
  if (button.dataset.step) {
    field.value = number.format(stepped(parseAmount(field.value) || 0, Number(button.dataset.step)));
  } else {
    field.value = button.dataset.amount;
    form.elements.unit.value = button.dataset.unit;
  }
  preview(form);
});
