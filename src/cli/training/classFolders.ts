import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../../errors.ts';
import { onDisk } from '../../platform/node/fileSystemError.ts';
import type { TrainExample, TrainPicture } from '../../train/data/examples.ts';

const PICTURE = /\.(png|jpe?g|gif|bmp|tiff?|webp)$/i;

/** Pictures of the folders of a folder, in alphabetical order; each is read when it is needed. */
export async function folderExamples(folder: string): Promise<TrainExample[]> {
  const entries = await onDisk(`read ${folder}`, () => readdir(folder, { withFileTypes: true }));
  const classes = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  check(classes.length > 0, 'InvalidArgument', `Cannot train on ${folder}: expected a folder for each class, got none`);
  const examples: TrainExample[] = [];
  for (const label of classes.sort()) {
    const files = await onDisk(`read ${join(folder, label)}`, () => readdir(join(folder, label)));
    const pictures = files.filter((file) => PICTURE.test(file)).sort();
    check(pictures.length > 0, 'InvalidArgument', () => {
      return `Cannot train on ${folder}: expected pictures of every class, got none in "${label}"`;
    });
    for (const file of pictures) examples.push({ label, ...pictureAt(join(folder, label, file)) });
  }
  return examples;
}

/** All pictures of a folder and of the folders in it, in alphabetical order. */
export async function folderPictures(folder: string): Promise<TrainPicture[]> {
  const files = await onDisk(`read ${folder}`, () => readdir(folder, { recursive: true }));
  const pictures = files.filter((file) => PICTURE.test(file)).sort();
  check(pictures.length > 0, 'InvalidArgument', `Cannot train on ${folder}: expected pictures, got none`);
  return pictures.map((file) => pictureAt(join(folder, file)));
}

function pictureAt(name: string): TrainPicture {
  return { name, image: () => onDisk(`read ${name}`, () => readFile(name)) };
}
