// Home and the list of follow-ups, whose parts refresh when something happens: at once after a quiet
// while, and every few seconds while much happens. A sample that waits to be opened is looked at by
// itself, since no event is about it.

import { keepMarksCurrent } from "./badges.js";
import { follow } from "./live.js";
import { refresh } from "./refresh.js";

const MIN_INTERVAL = 5_000; // milliseconds
const LOOK_INTERVAL = 3_000; // for opens of the sample …
const MAX_LOOKS = 200; // … ten minutes long

let timer = 0;
let refreshedAt = 0;

function refreshSoon() {
  if (timer) return;
  const wait = Math.max(0, refreshedAt + MIN_INTERVAL - Date.now());
  timer = setTimeout(() => {
    timer = 0;
    refreshedAt = Date.now();
    refresh();
  }, wait);
}

const isWaiting = () => document.querySelector("[data-waiting]") !== null;

function watchSample() {
  let looks = 0;
  const interval = setInterval(() => {
    if (document.hidden) return;
    looks += 1;
    if (isWaiting() && looks <= MAX_LOOKS) refresh();
    else clearInterval(interval);
  }, LOOK_INTERVAL);
}

keepMarksCurrent();
follow({ onOpen: refreshSoon, onUpdate: refreshSoon });
if (isWaiting()) watchSample();
