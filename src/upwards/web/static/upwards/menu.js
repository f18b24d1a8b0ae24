// What is open of the menu closes by Escape, by a press beside it and when Tab leaves it. Without this its
// own summary closes it, as does every next page.
"use strict";
(() => {
  const opened = () => [...document.querySelectorAll(".menu details[open]")].reverse();
  const keepOnly = (place) => opened().forEach((one) => { one.open = one.contains(place); });

  document.addEventListener("click", (event) => keepOnly(event.target.closest("a") ? null : event.target));
  document.addEventListener("keyup", (event) => { if (event.key === "Tab") keepOnly(document.activeElement); });
  document.addEventListener("keydown", (event) => {
    const [innermost] = opened();
    if (event.key !== "Escape" || !innermost) return;
    if (innermost.contains(document.activeElement)) innermost.querySelector("summary").focus();
    innermost.open = false;
  });
})();
