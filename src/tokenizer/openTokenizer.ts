import { check } from '../errors.ts';
import { type ModelSource, openSource, type SourceOptions } from '../loading/source.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import { dvaeNames } from './dvae/dvaeFile.ts';
import { openDvae } from './dvae/dvaeTokenizer.ts';
import type { TokenCodec } from './tokenCodec.ts';
import { openVqkd, type VqkdOptions } from './vqkd/openVqkd.ts';

/** The names of DALL-E's files. */
const ENCODER = 'encoder.pkl';
const DECODER = 'decoder.pkl';

export type OpenTokenizerOptions = VqkdOptions & SourceOptions & { readonly file?: string | undefined };

/**
 * A tokenizer of the kind that the names of the tensors show.
 *
 * @throws `FileNotFound` without weights, `CheckpointMismatch` when they are those of something else, and what loading throws
 */
export async function openTokenizer(source: ModelSource, options: OpenTokenizerOptions): Promise<TokenCodec> {
  const files = await openSource(source, options);
  const { encoder, decoder } = await tensorFiles(files, options);
  if (encoder?.tensors.has('encode_task_layer.0.weight')) return openVqkd(encoder, options);
  const wrong = encoder && dvaeNames(encoder).size === 0;
  check(!wrong, 'CheckpointMismatch', () => {
    return `Cannot load a visual tokenizer from "${encoder!.file}": expected the tensors of DALL-E's dVAE, of FLAVA's image codebook or of BEiT v2's VQ-KD, found ${[...encoder!.tensors.keys()].slice(0, 3).join(', ')}`;
  });
  return openDvae(encoder, decoder, options);
}

async function tensorFiles(
  files: ModelFiles,
  { file, signal }: OpenTokenizerOptions,
): Promise<{ encoder: Checkpoint | null; decoder: Checkpoint | null }> {
  const open = async (name: string) =>
    (await files.open(name)) ? openCheckpoint(files, { file: name, signal }) : null;
  const decoder = await open(DECODER);
  const own = file === undefined ? await open(ENCODER) : null;
  // training checkpoints of VQ-KD hold objects of argparse beside the weights
  const encoder =
    own ?? (decoder && file === undefined ? null : await openCheckpoint(files, { file, allowStubs: true, signal }));
  return { encoder, decoder };
}
