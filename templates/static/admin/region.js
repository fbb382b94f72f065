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
    }
  };
  window.addEventListener("load", () => {
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
})();
