import { hasRival } from '../contestants/rivalPackage.ts';
import type { PictureJob } from './jobs.ts';

/** Who does a job: how it is started, and which files it reads. */
export interface PictureContestant {
  readonly name: string;
  readonly command: readonly string[];
  readonly reads: RegExp;
}

const ANY = /./;
const JPEG = /\.jpg$/;
const PNG = /\.png$/;
const WEBP = /\.webp$/;

/** Per job the names of bench/contestants/pictureEngines.ts, with the package that a rival needs. */
const ENTRIES: Readonly<Record<PictureJob, readonly (readonly [name: string, reads: RegExp, rival?: string])[]>> = {
  decode: [
    ['ours', ANY],
    ['Pillow', ANY],
    ['sharp', ANY, 'sharp'],
    ['jpeg-js', JPEG],
    ['pngjs', PNG],
    ['@jsquash/jpeg', JPEG, '@jsquash/jpeg/decode.js'],
    ['@jsquash/png', PNG, '@jsquash/png/decode.js'],
    ['@jsquash/webp', WEBP, '@jsquash/webp/decode.js'],
  ],
  pixelValues: [
    ['ours', ANY],
    ['Pillow', ANY],
    ['sharp', ANY, 'sharp'],
  ],
  label: [
    ['ours q8', ANY],
    ['ours f32', ANY],
    ['transformers.js q8', ANY, '@huggingface/transformers'],
    ['transformers.js f32', ANY, '@huggingface/transformers'],
  ],
};

/** Those that can start here. */
export function pictureContestants(job: PictureJob, python: string): PictureContestant[] {
  return ENTRIES[job]
    .filter(([, , rival]) => !rival || hasRival(rival))
    .map(([name, reads]) => {
      const command =
        name === 'Pillow'
          ? [python, 'bench/contestants/pictures.py', job]
          : [process.execPath, 'build/bench/bench/contestants/picture.mjs', job, name];
      return { name, command, reads };
    });
}
