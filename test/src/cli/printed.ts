import { Command } from 'commander';

/** What `action` prints, and the exit code it leaves. */
export async function printed(action: () => unknown) {
  const { stdout, stderr } = process;
  const kept = [stdout.write, stderr.write] as const;
  const out = { stdout: '', stderr: '' };
  stdout.write = ((text: string) => Boolean((out.stdout += text))) as never;
  stderr.write = ((text: string) => Boolean((out.stderr += text))) as never;
  try {
    await action();
  } finally {
    [stdout.write, stderr.write] = kept;
  }
  const code = process.exitCode;
  process.exitCode = undefined;
  return { ...out, code };
}

/** Runs one command in this process, with one thread; what it refuses is thrown. */
export function run(add: (program: Command) => void, ...args: string[]) {
  const program = new Command('beit').exitOverride().configureOutput({ writeErr: () => {} });
  add(program);
  const takesThreads = program.commands[0].options.some(({ long }) => long === '--threads');
  const all = takesThreads ? [...args, '--threads', '1'] : args;
  return printed(() => program.parseAsync(all, { from: 'user' }));
}
