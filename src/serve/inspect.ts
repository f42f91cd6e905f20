/** What prom-client needs of Node's `util`, so that the server also runs where there is no Node. */
export const inspect = (value: unknown): string => JSON.stringify(value);
