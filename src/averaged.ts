/** How trainers call a copy of the weights that is a running mean of the others: within names of tensors, and keys of a dict. */
export const AVERAGED = /(?:^|[._])(?:ema|swa|averaged?|teacher)(?:[._]|$)/i;
