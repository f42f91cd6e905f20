// node scripts/run.mjs test/slow/pillowImages.ts FOLDER: all pictures in a folder, such as Tests/images of Pillow's source archive
// (pip download --no-binary :all: --no-deps pillow), through live Pillow (PYTHON) and through src/image. Lists every
// difference with its reason; exits with 1 where one has none.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BeitError } from '../../src/errors.ts';
import { decode } from '../../src/image/decode.ts';
import { sha } from '../src/image/sha.ts';

/** Why a file of Pillow's differs. */
const REASONS: Readonly<Record<string, string>> = {
  'apng/chunk_no_fctl.png': 'only the order of the frames behind the first picture is wrong',
  'png_decompression_dos.png': 'only a text is too long; texts of more than a megabyte are not read here',
  'truncated_end_chunk.png': 'only a chunk behind the data is cut',
};

/** What is refused by a name of its own. */
const NOT_READ: readonly (readonly [message: RegExp, reason: string])[] = [
  [/fax coding/, 'fax coding is not read here'],
  [/JPEG (inside|of the old kind)/, 'JPEG inside a TIFF is not read here'],
  [/LZMA/, 'LZMA is not read here'],
  [/CIELAB/, 'Pillow converts CIELAB by color profiles'],
  [/got BigTIFF/, 'BigTIFF is not read here'],
];

const [folder] = process.argv.slice(2);
const python = process.env.PYTHON ?? 'python3';
const list = `
import io, json, pathlib, sys, warnings
from PIL import Image
sys.path.insert(0, "fixtures/make")
from images import decoded
warnings.simplefilter("ignore")
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    if not path.is_file():
        continue
    data = path.read_bytes()
    found = format = error = None
    try:
        format = Image.open(io.BytesIO(data)).format
        found = decoded(data)
    except Exception as e:
        error = repr(e)[:100]
    print(json.dumps([str(path.relative_to(sys.argv[1])), found, error, format]))
`;
const { stdout, stderr, status } = spawnSync(python, ['-c', list, folder], { maxBuffer: 1 << 28 });
if (status !== 0) throw new Error(`${python}: ${stderr}`);
/** Formats of Pillow that are read here, by its names for them. */
const READ = ['PNG', 'JPEG', 'MPO', 'GIF', 'BMP', 'DIB', 'TIFF', 'WEBP'];
let [same, differing, unexplained] = [0, 0, 0];
const others = new Map<string, number>();
for (const line of `${stdout}`.trim().split('\n')) {
  const [name, found, error, format] = JSON.parse(line);
  const outcome = await compare(join(folder, name), found, error);
  if (found && !READ.includes(format) && outcome.startsWith('refused')) {
    others.set(format, (others.get(format) ?? 0) + 1);
    continue;
  }
  if (outcome === 'same') {
    same++;
    continue;
  }
  differing++;
  const reason = REASONS[name] ?? NOT_READ.find(([message]) => message.test(outcome))?.[1];
  if (!reason) unexplained++;
  console.log(`${name}: ${outcome}; ${reason ?? 'no reason is known'}`);
}
console.log(`${same} the same as Pillow, ${differing} not, ${unexplained} of them without a reason`);
const counts = [...others].sort().map(([format, count]) => `${count} ${format}`);
console.log(`of formats that are not read here, and rejected: ${counts.join(', ')}`);
process.exitCode = unexplained > 0 ? 1 : 0;

/** `same`, or what differs. */
async function compare(path: string, found: [number, number, string] | null, error: string | null): Promise<string> {
  try {
    const image = await decode(new Uint8Array(readFileSync(path)), { maxPixels: 2e8 });
    if (!found) return `read; Pillow: ${error}`;
    const equal = image.width === found[0] && image.height === found[1] && sha(image.data) === found[2];
    return equal ? 'same' : `other pixels (${image.width} × ${image.height}, Pillow ${found[0]} × ${found[1]})`;
  } catch (refusal) {
    if (!(refusal instanceof BeitError)) throw refusal;
    return found ? `refused, read by Pillow: ${refusal.message}` : 'same';
  }
}
