import { obey } from './dying.mjs';

obey();
