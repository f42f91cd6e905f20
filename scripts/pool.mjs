import { Tinypool } from 'tinypool';

/** Worker threads for the functions of tasks.mjs, as many as there are processors: `pool.run(argument, { name })`. */
export const pool = new Tinypool({ filename: new URL('./tasks.mjs', import.meta.url).href, minThreads: 0 });
