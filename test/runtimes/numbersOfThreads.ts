/** Where a program runs by itself: all that the automatic choice may take. */
export const ALL_NUMBERS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];
/** In browsers, where a pool takes longer: one thread, as many as the cores here, and more than the cores. */
export const SOME_NUMBERS: readonly number[] = [1, 2, 5];
