import { spawn } from 'node:child_process';
import { APP } from './prepare.ts';
import type { Report } from './smoke.ts';

const TIMEOUT = 600_000; // ms

/** Runs the smoke suite, what a GPU adds to it, or training alone, as a program of its own; it has to end by itself. */
export function runLocally(command: readonly string[], suite: readonly string[] = ['smoke']): Promise<Report> {
  const [binary, ...args] = command;
  const child = spawn(binary, [...args, 'local.mjs', ...suite], { cwd: APP, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve(JSON.parse(output));
      else
        reject(new Error(`${binary} ended with ${signal ?? status}\n${output.slice(-2000)}\n${errors.slice(-4000)}`));
    });
  });
}
