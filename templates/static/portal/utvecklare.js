// Adds "Kopiera" to every block of code, where the browser lets a page write to the clipboard.
"use strict";
if (navigator.clipboard) {
  for (const figur of document.querySelectorAll(".kodblock")) {
    const knapp = document.createElement("button");
    knapp.type = "button";
    knapp.textContent = "Kopiera";
    knapp.setAttribute("aria-live", "polite");
    knapp.addEventListener("click", async () => {
      await navigator.clipboard.writeText(figur.querySelector("code").textContent);
      knapp.textContent = "Kopierat";
      setTimeout(() => { knapp.textContent = "Kopiera"; }, 2000);
    });
    figur.querySelector("figcaption").append(knapp);
  }
}
