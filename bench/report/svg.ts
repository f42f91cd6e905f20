import type { Score } from '../contest/contest.ts';
import type { BenchResults } from '../results.ts';

const [WIDTH, LABEL, BAR, STEP, TOP] = [760, 250, 18, 26, 64];
const OURS = '#2563eb';
const THEIRS = '#9ca3af';

/** Milliseconds an image as bars, the fastest first, whiskers over the middle half of the rounds. */
export function svg({ origin, models = [] }: BenchResults): string {
  const scores = [...models].sort((a, b) => a.pass.median - b.pass.median);
  const longest = Math.max(...scores.map(({ pass }) => pass.high));
  const scale = (WIDTH - LABEL - 90) / longest;
  const height = TOP + scores.length * STEP + 16;
  const { cpu, processor, clock, cores, node, v8 = [], commit, date } = origin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#fff"/>`,
    text(
      16,
      26,
      `BEiT-base 224: ${clock === 'processor time' ? 'milliseconds of processor time' : 'milliseconds'} an image, less is better`,
      'font-size="16" font-weight="600" fill="#111"',
    ),
    text(
      16,
      46,
      `${processor?.name ?? cpu}, ${cores} cores · Node ${[node, ...v8].join(' ')} · commit ${commit} · ${date} · one thread unless said`,
      'fill="#555" font-size="11"',
    ),
    ...scores.flatMap((score, i) => bar(score, TOP + i * STEP, scale)),
    '</svg>\n',
  ].join('\n');
}

function bar({ name, pass }: Score, y: number, scale: number): string[] {
  const [low, high] = [pass.low, pass.high].map((value) => (LABEL + value * scale).toFixed(1));
  const middle = y + BAR / 2;
  const color = name.startsWith('ours') ? OURS : THEIRS;
  return [
    text(LABEL - 8, middle + 4, name, `text-anchor="end" fill="#111"${color === OURS ? ' font-weight="600"' : ''}`),
    `<rect x="${LABEL}" y="${y}" width="${(pass.median * scale).toFixed(1)}" height="${BAR}" rx="2" fill="${color}"/>`,
    `<path d="M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8" stroke="#111" stroke-opacity=".5"/>`,
    text(Number(high) + 8, middle + 4, pass.median.toFixed(0), 'fill="#111"'),
  ];
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped}</text>`;
}
