"use strict";
// The package's search boxes (select2) have no name of their own: give them that of their label.
(() => {
  const name = () => {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      const text = (label ? label.textContent : select.name).replace("*", "").trim();
      const box = select.nextElementSibling;
      if (!box) continue;
      for (const part of box.querySelectorAll("[role=combobox], [role=textbox], input")) {
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", text);
      }
      for (const part of box.querySelectorAll("ul.select2-selection__rendered, ul.select2-selection__rendered > *")) {
        part.setAttribute("role", "presentation");
      }
    }
  };
  window.addEventListener("load", () => {
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
})();

// A line number beside a finding takes the reader to that line of the document.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-rad]");
  const text = document.querySelector("textarea.gvr-dokument");
  if (!button || !text) return;
  const line = Number(button.dataset.rad);
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] || "").length);
  text.scrollTop = Math.max(0, (line - 4) * (text.scrollHeight / lines.length));
});
