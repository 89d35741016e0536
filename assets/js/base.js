// What every page has: each thing works without this file, or is not shown without it.

import "./build.js";
import "./copy.js";
import "./filter.js";
import "./keys.js";
import "./send.js";
import "./tabs.js";
import "./times.js";
