/** Common formats that are not checkpoints, by their first bytes, and hints. */
const FOREIGN_FORMATS: readonly (readonly [begin: string, what: string])[] = [
  [
    '894844460d0a1a0a',
    'is HDF5 (a TensorFlow or Keras file), which is not read here; safetensors or PyTorch files are',
  ],
  ['1f8b', 'is compressed with gzip; unpack it first'],
  ['28b52ffd', 'is compressed with Zstandard; unpack it first'],
  ['fd377a585a00', 'is compressed with xz; unpack it first'],
  ['425a68', 'is compressed with bzip2; unpack it first'],
  ['377abcaf271c', 'is a 7-Zip archive; unpack it first'],
  ['47475546', 'is GGUF, which is not read here; safetensors or PyTorch files are'],
  ['934e554d5059', 'is one array of NumPy, not a model'],
  ['504b0506', 'is an empty zip archive'],
  ['80', 'is a bare pickle, not a checkpoint of torch.save'],
];

/** Of which other format a file is, with a hint; undefined where that is not known. `head`: its first 512 bytes. */
export function otherFile(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head);
  const hex = [...head.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (text.slice(257, 262) === 'ustar')
    return 'is a tar file, as torch wrote before 0.1.10; load and save it with a newer torch';
  if (text.startsWith('version https://git-lfs')) return 'is a git-lfs pointer, not the weights; run git lfs pull';
  if (text.slice(4, 8) === 'TFL3')
    return 'is a TensorFlow Lite model, which is not read here; safetensors or PyTorch files are';
  // the version of its format, then who made it or the graph
  if (head[0] === 8 && head[1] > 2 && head[1] < 16 && [0x12, 0x1a, 0x3a].includes(head[2]))
    return 'is an ONNX model, which is not read here; safetensors or PyTorch files are';
  if (/^\s*<(?:!doctype|html)/i.test(text)) return 'is a web page, not weights';
  return FOREIGN_FORMATS.find(([begin]) => hex.startsWith(begin))?.[1];
}
