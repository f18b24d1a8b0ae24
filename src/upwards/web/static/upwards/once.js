// A form that is on its way is not sent again: on a slow line a button is soon pressed twice. Without this
// the second press counts too.
"use strict";
(() => {
  const UNDER_WAY = 20_000; // milliseconds; then one may try again, should nothing have come back
  let sent = new WeakMap();

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    const now = Date.now();
    if (now - (sent.get(event.target) ?? 0) < UNDER_WAY) event.preventDefault();
    else sent.set(event.target, now);
  });
  window.addEventListener("pageshow", () => { sent = new WeakMap(); }); // come back to with the back button
})();
