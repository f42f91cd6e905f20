import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPickle } from '../../../../src/weights/torch/pickle.ts';
import { PICKLE_LIMITS } from '../../../../src/weights/torch/pickleLimits.ts';
import { TorchTensor } from '../../../../src/weights/torch/pickleValues.ts';
import { TorchUnpickler } from '../../../../src/weights/torch/torchUnpickler.ts';
import { refused } from '../../refused.ts';
import { ints, join, op, program, storage, tensor } from './torchFile.ts';

const test = suite('weights/pickleLimits');
/** BEiT-large: 24 blocks of 16 tensors and a dozen besides. */
const PARAMETERS = 24 * 16 + 12;

/** `{model: {…}, optimizer: {state: {i: {step, exp_avg, exp_avg_sq}}}}`, each tensor with a memo entry of its own. */
function trainingCheckpoint(): Uint8Array {
  let memo = 0;
  const dict = (...items: Uint8Array[]) => join(op.dict, op.put(memo++), op.mark, ...items, op.setItems);
  const weight = () => {
    const from = storage({ key: op.text(String(memo)), numel: op.int(1 << 20) });
    return join(tensor({ storage: from, size: ints(1024, 1024), stride: ints(1024, 1) }), op.put(memo++));
  };
  const each = (item: (i: number) => Uint8Array) => join(...Array.from({ length: PARAMETERS }, (_, i) => item(i)));
  const model = dict(each((i) => join(op.text(`blocks.${i}.attn.relative_position_bias_table`), weight())));
  const moments = () => dict(op.text('step'), op.int(9), op.text('exp_avg'), weight(), op.text('exp_avg_sq'), weight());
  const state = dict(each((i) => join(op.int(i), moments())));
  return program(dict(op.text('model'), model, op.text('optimizer'), dict(op.text('state'), state)));
}

test('a training checkpoint of BEiT-large is read, and takes less than a quarter of what is allowed', () => {
  const pickle = trainingCheckpoint();
  const { value, end } = readPickle(pickle, 0, new TorchUnpickler('checkpoint.pth', false), 'checkpoint.pth');
  assert.is(end, pickle.length);
  const model = (value as Map<string, Map<string, unknown>>).get('model')!;
  assert.is(model.size, PARAMETERS);
  assert.ok([...model.values()].every((item) => item instanceof TorchTensor));
  assert.ok(4 * pickle.length < PICKLE_LIMITS.bytes, `${pickle.length} bytes`);
});

test('a pickle of as many operations as are allowed is read, and of one more is not', async () => {
  const puts = (count: number) => new Uint8Array(2 * count).map((_, i) => (i % 2 === 0 ? 0x71 : 0));
  const read = (count: number) => {
    return readPickle(program(op.dict, puts(count)), 0, new TorchUnpickler('a.bin', false), 'a.bin').value;
  };
  const { operations } = PICKLE_LIMITS;
  assert.equal(read(operations - 2), new Map(), 'the dict and the stop are two of them');
  await refused(() => read(operations - 1), 'UnsafePickle', /more than 500000 operations/);
});

test.run();
