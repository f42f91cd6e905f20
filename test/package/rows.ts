/** Name → what is checked; it returns what to print, or throws. */
export type Rows = Readonly<Record<string, () => string | Promise<string>>>;

/** What a row throws that cannot be tried here; the message says why. */
export class Skipped extends Error {}

/** Runs the rows that the command line names, or all; a failure prints what the failed program printed. */
export async function runRows(rows: Rows): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in rows));
  if (unknown) throw new Error(`no row "${unknown}": ${Object.keys(rows).join(', ')}`);
  for (const [name, check] of Object.entries(rows)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const begun = performance.now();
    try {
      const text = await check();
      console.log(`ok   ${name}: ${text} (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
    } catch (error) {
      if (error instanceof Skipped) {
        console.log(`skip ${name}: ${error.message}`);
        continue;
      }
      const { message, stdout = '', stderr = '' } = error as Error & { stdout?: Buffer; stderr?: Buffer };
      console.log(`FAIL ${name}: ${message}\n${stderr.toString().slice(0, 1500)}\n${stdout.toString().slice(-1500)}`);
      process.exitCode = 1;
    }
  }
  process.exit();
}
