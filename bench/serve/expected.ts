import { pipeline } from '../../src/pipelines/pipeline.ts';
import type { ServedModelFiles } from './models.ts';

interface Guess {
  readonly label: string;
  readonly score: number;
}

/** What the library itself answers. */
export async function ownGuesses({ folder, picture }: ServedModelFiles): Promise<readonly Guess[]> {
  using classify = await pipeline('image-classification', folder, { threads: 1 });
  const guesses = await classify(picture, { topK: 5 });
  return guesses.map(({ label, score }) => ({ label, score: Math.fround(score) }));
}

/** Whether a body has these labels, with scores within `tolerance`. */
export function sameGuesses(expected: readonly Guess[], tolerance: number): (body: string) => boolean {
  return (body) => {
    const found = JSON.parse(body) as Guess[];
    return expected.every(({ label, score }, i) => {
      return found[i]?.label === label && Math.abs(found[i].score - score) <= tolerance;
    });
  };
}
