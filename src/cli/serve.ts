import { type Command, InvalidArgumentError, Option } from 'commander';
import { DTYPES, type Dtype } from '../dtype.ts';
import { listen } from '../serve/listen.ts';
import type { ModelSpec } from '../serve/modelRepository.ts';
import { picturesFrom } from '../serve/remotePictures.ts';
import { createServer, type RequestLog } from '../serve/server.ts';
import { defaultModel } from './defaultModel.ts';
import { positiveInteger, threadCount, wideVectorsOption } from './modelOptions.ts';

interface ServeOptions {
  readonly model: Readonly<Record<string, string>>;
  readonly host: string;
  readonly port: number;
  readonly dtype?: Dtype;
  readonly threads: 'auto' | number;
  readonly workers?: number;
  readonly wideVectors?: boolean;
  readonly memoryBudget?: number;
  readonly maxQueue: number;
  readonly maxBody?: number;
  readonly maxPixels?: number;
  readonly timeout: number;
  readonly grace: number;
  readonly allowHost?: readonly string[];
  readonly apiKey?: string;
  readonly quiet?: boolean;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('answer requests over HTTP: Open Inference Protocol v2, Hugging Face, OpenAI embeddings, Prometheus')
    .addOption(
      new Option('-m, --model <name=source>', 'a model and the name it is served under; can be given several times')
        .argParser(namedSource)
        .default({ digits: defaultModel('beit-digits') }, 'digits=the model inside the package'),
    )
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('-p, --port <n>', 'port; 0 takes a free one', portNumber, 8080)
    .addOption(new Option('-d, --dtype <dtype>', 'how weights are kept').choices(DTYPES))
    .option('-t, --threads <n>', 'threads of each model, or auto', threadCount, 'auto')
    .option(
      '-w, --workers <n>',
      'passes of each model that run at a time, over one copy of its weights',
      positiveInteger,
    )
    .addOption(wideVectorsOption())
    .option('--memory-budget <bytes>', 'bytes that all loaded models together may plan for', positiveInteger)
    .option('--max-queue <n>', 'requests that wait for one model at most', positiveInteger, 64)
    .option('--max-body <bytes>', 'of a request after inflating (default: 64 MiB)', positiveInteger)
    .option('--max-pixels <n>', 'of a picture; more are answered with 413', positiveInteger)
    .option('--timeout <ms>', 'deadline of a request that names none', positiveInteger, 30_000)
    .option('--grace <ms>', 'time for requests in flight after SIGTERM', positiveInteger, 25_000)
    .option('--allow-host <host>', 'fetch pictures from URLs of this host; can be given several times', collect)
    .addOption(new Option('--api-key <key>', 'required as a bearer token of every request').env('BEIT_API_KEY'))
    .option('-q, --quiet', 'no line for every request')
    .action(serve);
}

function namedSource(text: string, before: Readonly<Record<string, string>>) {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Expected name=source.');
  const given = before.digits === defaultModel('beit-digits') ? {} : before;
  return { ...given, [text.slice(0, at)]: text.slice(at + 1) };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('Expected 0 to 65535.');
  return port;
}

const collect = (text: string, before: readonly string[] = []) => [...before, text];

async function serve({ model, host, port, grace, allowHost, quiet, ...options }: ServeOptions) {
  const { dtype, threads, workers, wideVectors, ...limits } = options;
  const sources = Object.entries(model);
  const models = Object.fromEntries(
    sources.map(([name, source]): [string, ModelSpec] => [name, { source, dtype, threads, workers, wideVectors }]),
  );
  const fetchPicture = allowHost && picturesFrom(allowHost);
  const server = createServer({ ...limits, models, fetchPicture, log: quiet ? undefined : logRequest });
  const listening = await listen(server, { host, port, grace });
  write({ event: 'listening', url: listening.url });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      write({ event: 'draining', signal });
      await listening.close();
      process.exit(0);
    });
  }
  const failures = await server.load();
  for (const { code, message } of failures) write({ event: 'load failed', code, message });
  write({ event: failures.length < sources.length ? 'ready' : 'no model could be loaded' });
}

const logRequest = (line: RequestLog) =>
  write({ event: 'request', ...line, duration: Number(line.duration.toFixed(1)) });

/** One JSON object a line, as log collectors read it. */
function write(line: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}
