import autocannon from 'autocannon';

/** How requests are sent. */
export interface Volley {
  readonly url: string;
  readonly picture: Uint8Array;
  readonly seconds: number;
  readonly connections: number;
  /** Requests a second, all connections together; default: as fast as answers come. */
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
}

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
  };
  const startedAt = performance.now();
  const result = await autocannon({
    url,
    method: 'POST',
    body: Buffer.from(picture),
    headers: { 'content-type': 'image/png', ...(deadline && { 'request-timeout-ms': String(deadline) }) },
    connections,
    duration: seconds,
    timeout: 60,
    ...(rate && { overallRate: Math.max(1, Math.round(rate)), ignoreCoordinatedOmission: true }),
    setupClient: watch as never,
  });
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? 0;
  return {
    seconds: (performance.now() - startedAt) / 1000,
    ok: times.length,
    wrong,
    errors: result.errors + result.timeouts,
    statuses,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: times.at(-1) ?? 0,
    late: deadline ? times.filter((time) => time > deadline).length : 0,
  };
}
