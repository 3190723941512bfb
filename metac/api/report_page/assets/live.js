// A page of a run that goes on: asks where it is, draws its charts anew, and loads itself once more at the end.
(() => {
  "use strict";
  const line = document.getElementById("live");
  const drawn = document.querySelectorAll("figure.chart[data-group=progress]").length;
  const between = 1500;

  function show(state) {
    if (state.ended || state.progress.length !== drawn) {
      location.reload();
      return;
    }
    line.textContent = state.text;
    document.dispatchEvent(new CustomEvent("progress", { detail: state.progress }));
    setTimeout(ask, between);
  }

  async function ask() {
    let answer;
    try {
      answer = await fetch("state", { cache: "no-store" });
    } catch {
      line.textContent = `${line.dataset.gone}`;
      return;
    }
    if (answer.ok) show(await answer.json());
    else setTimeout(ask, between);
  }

  ask();
})();
