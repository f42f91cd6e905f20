/** The name of the queue, which producers and workers share. */
export const QUEUE = process.env.BEIT_QUEUE ?? 'beit-batch';

/** Redis, as REDIS_URL names it. Workers wait for it when it is gone for a while. */
const url = new URL(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
export const connection = {
  host: url.hostname,
  port: Number(url.port || 6379),
  username: url.username || undefined,
  password: url.password || undefined,
  maxRetriesPerRequest: null,
};
