/** Exit codes, for scripts. */
export const EXIT = { ok: 0, picture: 1, usage: 2, model: 3, differs: 4 } as const;
