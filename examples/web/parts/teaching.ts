// What goes into teaching, and what comes out.
import { zipSync } from 'fflate';
import { beside } from './choices.ts';
import type { ClassCard } from './classCard.ts';
import { make } from './dom.ts';
import { fetchScans } from './safetensors.ts';
import type { Sample } from './source.ts';
import type { Trained } from './trainer.ts';

/** Two digits that are easily taken for each other. */
const EXAMPLE = [
  { digit: 3, name: 'three' },
  { digit: 8, name: 'eight' },
];
/** Scans of each digit: to learn from, and to try. */
const LEARNED = 12;
const TRIED = 3;

/** Scans for two classes, and others to try afterwards. */
export async function fetchExample(): Promise<{ classes: { name: string; pictures: File[] }[]; tried: Sample[] }> {
  const folder = beside('models/beit-digits');
  const files = await Promise.all(EXAMPLE.map(({ digit }) => fetchScans(folder, digit, LEARNED + TRIED)));
  const classes = EXAMPLE.map(({ name }, i) => ({ name, pictures: files[i].slice(0, LEARNED) }));
  const tried = files.flatMap((scans) => scans.slice(LEARNED));
  const sample = (file: File) => ({ name: file.name, url: URL.createObjectURL(file), fetch: async () => file });
  return { classes, tried: tried.map(sample) };
}

/** What is missing before there is something to learn; null when nothing is. */
export function whyNot(cards: readonly ClassCard[]): string | null {
  if (cards.length < 2) return 'It takes two classes.';
  if (cards.some(({ name }) => name === '')) return 'Each class needs a name.';
  if (new Set(cards.map(({ name }) => name)).size < cards.length) return 'Two classes have the same name.';
  const bare = cards.find(({ pictures }) => pictures.length === 0);
  return bare ? `“${bare.name}” has no pictures yet.` : null;
}

/** A folder that `fromPretrained` opens, here and in Python. */
export function download({ files }: Trained): void {
  const zip = zipSync(files, { level: 0 });
  const url = URL.createObjectURL(new Blob([zip], { type: 'application/zip' }));
  const link = make('a', { href: url, download: 'my-model.zip' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
