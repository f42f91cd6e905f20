/** Columns padded to their widest cell; numbers are aligned to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => String(row[c]).length)));
  const cell = (value: string | number, c: number) =>
    typeof value === 'number' || /^[\d.,]+( [%kMG]?B?)?$/.test(value)
      ? String(value).padStart(widths[c])
      : value.padEnd(widths[c]);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
