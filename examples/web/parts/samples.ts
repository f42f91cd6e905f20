// Pictures that come with the page; all of them are ours.
import { beside, type Samples } from './choices.ts';
import { fetchPicture } from './pictures.ts';
import type { Sample } from './source.ts';

const SCANS = ['0005-5', '0012-2', '0061-7', '0018-8', '0013-3', '0064-4', '0092-9', '0016-6'];
/** Written by fixtures/make/scenes.py: a number, and the digits on it. */
const SCENES = ['0-3094', '1-3923', '2-0227'];

export function samplesOf(kind: Samples): Sample[] {
  if (kind === 'scans')
    return SCANS.map((file) => sample(`models/beit-digits/scans/${file}.png`, `Scan of a ${file.at(-1)}`));
  if (kind === 'stillLife') return [sample('still-life.jpg', 'Fruit, a cup and a steel ball on a checkered cloth')];
  return SCENES.map((file) => {
    const digits = [...file.slice(2)].join(', ');
    return sample(`models/beit-scenes/scenes/${file}.png`, `Paper with the digits ${digits}`);
  });
}

function sample(path: string, name: string): Sample {
  const url = beside(path);
  return { name, url, fetch: () => fetchPicture(url) };
}
