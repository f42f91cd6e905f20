// node bench/lab/clipping.mjs: does clipping a row's range before quantizing it to 8 bits lower the squared error? Relative
// error of rows of 768 with the scale of the largest value, and with the best of sixteen smaller scales.

let state = 1;
const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const draws = {
  normal,
  'normal with outliers': () => normal() * (uniform() < 0.005 ? 8 : 1),
  laplace: () => -Math.log(uniform()) * (uniform() < 0.5 ? -1 : 1),
};

function error(w, scale) {
  return w.reduce((sum, v) => sum + (v - scale * Math.max(-127, Math.min(127, Math.round(v / scale)))) ** 2, 0);
}

console.log('| weights | largest value | clipped |\n|---|---|---|');
for (const [name, draw] of Object.entries(draws)) {
  let [plain, clipped, energy] = [0, 0, 0];
  for (let row = 0; row < 100; row++) {
    const w = Array.from({ length: 768 }, draw);
    const scale = Math.max(...w.map(Math.abs)) / 127;
    plain += error(w, scale);
    clipped += Math.min(...Array.from({ length: 16 }, (_, i) => error(w, scale * (1 - 0.04 * i))));
    energy += w.reduce((sum, v) => sum + v * v, 0);
  }
  console.log(`| ${name} | ${Math.sqrt(plain / energy).toFixed(5)} | ${Math.sqrt(clipped / energy).toFixed(5)} |`);
}
