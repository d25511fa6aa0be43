// Loaded by every page of the dashboard.

import "./copy.js";
import "./dialog.js";
import { forgetAll, forgetOld, forgetSubmitted } from "./kept.js";
import "./shortcuts.js";
import { refresh, settle } from "./refresh.js";
import { localise, nameZone } from "./times.js";

document.addEventListener("changed", refresh); // after a form in a dialog
localise();
nameZone();
settle();
forgetSubmitted();
forgetOld();
document.addEventListener("submit", (event) => {
  if (new URL(event.target.action).pathname === "/dashboard/sign-out") forgetAll();
});
