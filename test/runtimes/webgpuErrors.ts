// What goes wrong on a GPU, and what is left of a model then.
import { gpuBackend } from '../../src/webgpu/backend.ts';
import { DeviceErrors, requestDevice } from '../../src/webgpu/device.ts';
import { demand, refuses, type Surroundings } from './smoke.ts';

export async function losesDevice(): Promise<string> {
  const device = await requestDevice();
  const backend = gpuBackend(device, new DeviceErrors(device));
  const t = backend.alloc(1, 4);
  backend.commit();
  device.destroy();
  const error = await backend.read(t).catch((thrown) => thrown);
  demand(error.code === 'DeviceLost', `expected DeviceLost, got ${error}`);
  return error.message;
}

/** The largest tensor there can be; where it is refused, a smaller one is not. */
export async function survivesRefusal(): Promise<string> {
  const device = await requestDevice();
  const errors = new DeviceErrors(device);
  const backend = gpuBackend(device, errors);
  const most = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  const mark = backend.mark();
  backend.alloc(1, Math.floor(most / 64) * 16);
  backend.commit();
  const error = await backend.ready().catch((thrown) => thrown);
  demand(!error || error.code === 'OutOfMemory', `expected OutOfMemory, got ${error}`);
  backend.reset(mark);
  const t = backend.alloc(1, 4);
  backend.commit();
  await backend.ready();
  backend.write(t, Float32Array.of(1, 2, 3, 4));
  backend.add(t, t);
  const sums = await backend.read(t);
  demand(sums.join() === '2,4,6,8', `expected 2,4,6,8, got ${sums}`);
  errors.dispose();
  return error ? `${most} bytes were refused, 16 were not` : `${most} bytes were granted`;
}

/** A load that fails leaves no device behind, and one whose device goes is no model. */
export async function failsToLoad({ beit, source }: Surroundings): Promise<string> {
  const devices: GPUDevice[] = [];
  const { requestDevice: request } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...options) {
    const device = await request.apply(this, options);
    devices.push(device);
    return device;
  };
  const load = (onProgress: (event: { status: string }) => void) => () =>
    beit.BeitForImageClassification.fromPretrained(source('beit-digits'), {
      device: 'webgpu',
      worker: false,
      onProgress,
    });
  try {
    const stop = load(({ status }) => {
      if (status === 'progress') throw new beit.BeitError('Aborted', 'enough');
    });
    await refuses(beit, 'Aborted', stop);
    await refuses(beit, 'DeviceLost', async () => {
      const lose = load(({ status }) => void (status === 'progress' && devices[1].destroy()));
      using model = await lose(); // at the end of a load as small as this the news may be on its way
      const { height, width } = model.config.nativeSize;
      const pixelValues = new beit.Tensor('float32', new Float32Array(3 * height * width), [1, 3, height, width]);
      await model.forward({ pixelValues });
    });
  } finally {
    GPUAdapter.prototype.requestDevice = request;
  }
  const ends = await Promise.all(devices.map(({ lost }) => lost));
  return ends.map(({ reason }) => reason).join(', ');
}
