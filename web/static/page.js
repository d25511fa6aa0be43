// What every page of the dashboard does.

import "./copy.js";
import "./dialog.js";
import { look } from "./renewal.js";
import { localise } from "./times.js";

document.addEventListener("changed", look); // something was done in a dialog
localise();
