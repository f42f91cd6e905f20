// A thread of a pool in a browser that can be ordered to die.
import './obey.mjs';
import '/dist/worker.web.js';
