// What every page of the dashboard does.

import "./copy.js";
import "./dialog.js";
import { localise } from "./times.js";

localise();
