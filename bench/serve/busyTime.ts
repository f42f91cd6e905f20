import { readFileSync } from 'node:fs';

/** Of the times in /proc/stat; unit: seconds. */
const TICK_S = 0.01;

/**
 * What all programs together took of these processors, or of all, since the machine started; unit: seconds. Null where there is
 * no /proc/stat. With what one program took it tells how much others took meanwhile.
 */
export function busyTime(processors: readonly number[] | null = null): number | null {
  const lines = statLines();
  if (!lines) return null;
  const wanted = processors ? processors.map((i) => `cpu${i}`) : ['cpu'];
  const rows = lines.map((line) => line.split(/\s+/)).filter(([name]) => wanted.includes(name));
  return TICK_S * rows.reduce((total, row) => total + busyTicks(row.slice(1).map(Number)), 0);
}

/** All but idle, waiting for a disk, and what guests took, which is counted twice. */
function busyTicks([user, nice, system, , , interrupt, softInterrupt, stolen]: readonly number[]): number {
  return user + nice + system + interrupt + softInterrupt + stolen;
}

function statLines(): string[] | null {
  try {
    return readFileSync('/proc/stat', 'utf8').split('\n');
  } catch {
    return null;
  }
}
