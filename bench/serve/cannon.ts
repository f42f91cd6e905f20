import autocannon from 'autocannon';

/** How requests are sent. */
export interface Volley {
  readonly url: string;
  readonly picture: Uint8Array;
  readonly seconds: number;
  readonly connections: number;
  /** Requests a second, evenly in time over all connections; default: each connection sends when its answer came. */
  readonly rate?: number;
  /** Deadline of each request; unit: milliseconds. */
  readonly deadline?: number;
  /** Whether the body of a 200 is right. */
  readonly right: (body: string) => boolean;
}

/** What came back. Times in milliseconds, of answers with 200 as the client saw them. */
export interface VolleyResult {
  readonly seconds: number;
  readonly ok: number;
  readonly wrong: number;
  /** Of connections that broke or had no answer. */
  readonly errors: number;
  /** Requests that were due when no connection was free, so that they were not sent. */
  readonly omitted: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Answers with 200 that came after their deadline. */
  readonly late: number;
}

/** The client of autocannon, as far as it is used here. */
interface Client {
  on(event: 'response', heard: (status: number, bytes: number, milliseconds: number) => void): void;
  on(event: 'body', heard: (body: Buffer) => void): void;
  /** Sends the next request; called when the connection is made and after each answer. */
  _doRequest(): void;
}

/** Longer than any pause between two requests of a connection. */
const TIMEOUT_S = 3600;

/** POSTs one picture again and again. */
export async function fire({
  url,
  picture,
  seconds,
  connections,
  rate,
  deadline,
  right,
}: Volley): Promise<VolleyResult> {
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  const pacer = rate ? new Pacer(rate) : null;
  let wrong = 0;
  const watch = (client: Client) => {
    let body = '';
    client.on('body', (chunk) => {
      body += chunk;
    });
    client.on('response', (status, _, milliseconds) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) {
        times.push(milliseconds);
        if (!right(body)) wrong++;
      }
      body = '';
    });
    pacer?.take(client);
  };
  const startedAt = performance.now();
  const result = await autocannon({
    url,
    method: 'POST',
    body: Buffer.from(picture),
    headers: { 'content-type': 'image/png', ...(deadline && { 'request-timeout-ms': String(deadline) }) },
    connections,
    duration: seconds,
    timeout: TIMEOUT_S,
    setupClient: watch as never,
  });
  pacer?.stop();
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? 0;
  return {
    seconds: (performance.now() - startedAt) / 1000,
    ok: times.length,
    wrong,
    errors: result.errors + result.timeouts,
    omitted: pacer?.omitted ?? 0,
    statuses,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: times.at(-1) ?? 0,
    late: deadline ? times.filter((time) => time > deadline).length : 0,
  };
}

/**
 * Sends at even distances. The rate of autocannon is a number of requests at the begin of each second, which no queue of a
 * bounded length can take.
 */
class Pacer {
  omitted = 0;
  readonly #rate: number;
  /** Connections that wait for nothing. The last one in is the first one out. */
  readonly #idle: Client[] = [];
  readonly #send = new Map<Client, () => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();
  #due = 0;

  constructor(rate: number) {
    this.#rate = rate;
    this.#timer = setInterval(() => this.#sendDue(), 1);
  }

  /** From now on `client` sends when its turn comes. */
  take(client: Client): void {
    this.#send.set(client, client._doRequest.bind(client));
    client._doRequest = () => {
      if (!this.#idle.includes(client)) this.#idle.push(client); // an idle connection may be made anew
    };
  }

  #sendDue(): void {
    const due = Math.floor(((performance.now() - this.#startedAt) / 1000) * this.#rate);
    for (; this.#due < due; this.#due++) {
      const next = this.#idle.pop();
      if (next) this.#send.get(next)!();
      else this.omitted++;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
