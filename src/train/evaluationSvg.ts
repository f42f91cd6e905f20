import type { ClassFigures, Evaluation } from './metrics.ts';

/** Of a cell, a line of text, and a letter; unit: pixels. */
const [CELL, LINE, LETTER] = [28, 18, 7];
const MARGIN = 16;
/** Longer names are cut. */
const LONGEST = 24;

/** What is drawn where. */
interface Layout {
  readonly names: readonly string[];
  /** Of the matrix; unit: pixels. */
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly width: number;
  readonly height: number;
}

/**
 * An evaluation as a picture: the confusion matrix, where rows are what the examples are and columns what they were taken for,
 * with precision, recall, F1 and number of examples of each class beside it.
 *
 * @param evaluation as {@link fineTune} and {@link evaluate} give it
 * @param title above it; default: the accuracy
 * @returns an SVG file as text
 * @example
 * const evaluation = await evaluate('fixtures/beit-digits', [{ image: png, label: '5' }]);
 * const svg = evaluationSvg(evaluation, 'Digits');
 * svg.startsWith('<svg'); // true
 */
export function evaluationSvg(evaluation: Evaluation, title?: string): string {
  const { accuracy, loss, perClass } = evaluation;
  const count = perClass.reduce((sum, { examples }) => sum + examples, 0);
  const figures = `${percent(accuracy)} of ${count} right, loss ${loss.toFixed(4)}`;
  const layout = layoutOf(perClass);
  const { width, height } = layout;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title === undefined ? figures : `${title}: ${figures}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="15" font-weight="600">${escaped(title ?? 'Evaluation')}</text>`,
    `<text x="${MARGIN}" y="${MARGIN + 12 + LINE}">${figures}</text>`,
    ...matrix(evaluation, layout),
    ...table(perClass, layout),
    '</svg>\n',
  ].join('\n');
}

function layoutOf(perClass: readonly ClassFigures[]): Layout {
  const names = perClass.map(({ name }) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name));
  const longest = LETTER * names.reduce((most, name) => Math.max(most, name.length), 0);
  const [left, top] = [MARGIN + longest + 8, MARGIN + 2 * LINE + longest + 16];
  const side = names.length * CELL;
  return { names, left, top, side, width: left + side + 5 * 64 + MARGIN, height: top + side + LINE + MARGIN };
}

function matrix({ confusion }: Evaluation, { names, left, top, side }: Layout): string[] {
  const cells = confusion.flatMap((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    return row.flatMap((n, j) => (n > 0 ? cell(n, n / total, i === j, left + j * CELL, top + i * CELL) : []));
  });
  const rows = names.map((name, i) => {
    return `<text x="${left - 6}" y="${top + i * CELL + 18}" text-anchor="end">${escaped(name)}</text>`;
  });
  const columns = names.map((name, j) => {
    const at = `translate(${left + j * CELL + 18} ${top - 6}) rotate(-90)`;
    return `<text transform="${at}">${escaped(name)}</text>`;
  });
  const frame = `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#888"/>`;
  return [...cells, frame, ...rows, ...columns];
}

/** Right ones are green, mistakes orange; the stronger, the larger the share of the row. */
function cell(n: number, share: number, isRight: boolean, x: number, y: number): string[] {
  const strength = (0.15 + 0.85 * share).toFixed(3);
  const color = isRight ? '#2e8b57' : '#e07b00';
  return [
    `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="${color}" fill-opacity="${strength}"/>`,
    `<text x="${x + CELL / 2}" y="${y + 18}" text-anchor="middle">${n}</text>`,
  ];
}

function table(perClass: readonly ClassFigures[], { left, top, side }: Layout): string[] {
  const column = (k: number) => left + side + 64 * (k + 1);
  const right = (k: number, y: number, text: string) =>
    `<text x="${column(k)}" y="${y}" text-anchor="end">${text}</text>`;
  const heads = ['precision', 'recall', 'F1', 'examples'].map((head, k) => right(k, top - 6, head));
  const rows = perClass.flatMap(({ precision, recall, f1, examples }, i) => {
    const values = [percent(precision), percent(recall), percent(f1), String(examples)];
    return values.map((value, k) => right(k, top + i * CELL + 18, value));
  });
  return [...heads, ...rows];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // characters that XML 1.0 does not have
  return text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd').replace(/[&<>"]/g, (c) => entities[c]);
}
