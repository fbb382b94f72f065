// The form for registering by hand, while it is being filled in. Everything here also works without
// this script, by the form's own buttons: the script only presses them, without leaving the page.
"use strict";

(() => {
  const form = document.getElementById("blankett");
  if (!form || !window.fetch || !window.DOMParser) return;
  const PAUS = 350;
  let nummer = 0;
  let klocka = 0;

  async function ask(gor) {
    const mitt = ++nummer;
    const data = new FormData(form);
    data.set("gor", gor);
    let text;
    try {
      const svar = await fetch(location.href, { method: "POST", body: data, credentials: "same-origin" });
      if (svar.redirected || !svar.ok) return null; // signed out, or refused: the button will tell
      text = await svar.text();
    } catch {
      return null;
    }
    if (mitt !== nummer) return null; // something newer has been asked
    return new DOMParser().parseFromString(text, "text/html").getElementById("blankett");
  }

  function take(ny, id) {
    const gammal = document.getElementById(id);
    const bytt = ny.querySelector("#" + CSS.escape(id));
    if (gammal && bytt && gammal.innerHTML !== bytt.innerHTML) gammal.innerHTML = bytt.innerHTML;
  }

  // What is said about the fields and of the whole; what is typed is left alone.
  function say(ny) {
    for (const id of ["utfall", "lkf-hjalp"]) take(ny, id);
    for (const rad of form.querySelectorAll("[data-falt]")) {
      const falt = rad.dataset.falt;
      take(ny, falt + "-fel");
      for (const inne of rad.querySelectorAll("input:not([type=hidden]), select")) {
        const andra = inne.id && ny.querySelector("#" + CSS.escape(inne.id));
        if (andra && andra.hasAttribute("aria-invalid")) inne.setAttribute("aria-invalid", "true");
        else inne.removeAttribute("aria-invalid");
      }
    }
  }

  // The whole form, when its choices have changed; the focus goes where the answer wants it.
  function replace(ny, fokus) {
    form.innerHTML = ny.innerHTML;
    const mal = form.querySelector("[autofocus]") || (fokus && document.getElementById(fokus));
    if (mal) {
      mal.focus();
      if (mal.select && mal.value) mal.setSelectionRange(mal.value.length, mal.value.length);
    }
  }

  async function check() {
    const ny = await ask("prova");
    if (ny) say(ny);
  }

  async function look(lista) {
    const ny = await ask("prova");
    if (ny) {
      take(ny, "traffar-" + lista);
      say(ny);
    }
  }

  function later(gor) {
    clearTimeout(klocka);
    klocka = setTimeout(gor, PAUS);
  }

  form.addEventListener("input", (handelse) => {
    const lista = handelse.target.dataset.sok;
    later(lista ? () => look(lista) : check);
  });

  const written = () => JSON.stringify([...new FormData(form)]);

  async function renew() {
    const fore = written();
    const ny = await ask("prova");
    if (!ny) return;
    if (written() !== fore) renew(); // somebody types faster than we answer: nothing is overwritten
    else replace(ny, document.activeElement && document.activeElement.id);
  }

  form.addEventListener("change", (handelse) => {
    // Unit and day decide what there is to choose, and a new yrkeskategori makes room for one more.
    if (!["enhet", "dag", "yrkeskategorier"].includes(handelse.target.name)) return;
    clearTimeout(klocka);
    renew();
  });

  let utanSkript = false;
  form.addEventListener("submit", async (handelse) => {
    const knapp = handelse.submitter;
    if (utanSkript || !knapp || knapp.value === "registrera") return;
    handelse.preventDefault();
    clearTimeout(klocka);
    const fokus = document.activeElement && document.activeElement.id;
    const ny = await ask(knapp.value);
    if (ny) {
      replace(ny, fokus);
    } else {
      utanSkript = true;
      knapp.click();
    }
  });
})();
