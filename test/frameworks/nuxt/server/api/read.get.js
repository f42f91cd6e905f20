import { readFile } from 'node:fs/promises';
import { answer, load } from '../../answer.js';

// on the server the model is a folder
export default defineEventHandler(async () => {
  const folder = process.env.MODEL;
  const held = await load(folder);
  return answer({ held, options: { topK: 3 }, picture: await readFile(`${folder}/scans/0005-5.png`) });
});
