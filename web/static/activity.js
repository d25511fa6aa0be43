// Pages that show what happens in the company, and refresh when something does.

import { keepMarksCurrent } from "./badges.js";
import { follow } from "./live.js";
import { refresh } from "./refresh.js";

keepMarksCurrent();
follow({ onOpen: refresh, onUpdate: refresh });
