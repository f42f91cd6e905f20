/**
 * What `onProgress` is told, in the shape transformers.js users know. `name` is the repository, `file` the path in it,
 * `progress` a percentage, `loaded` and `total` bytes (`total` 0 while the server has not said).
 */
export type HubProgress =
  | { readonly status: 'initiate' | 'download' | 'done'; readonly name: string; readonly file: string }
  | {
      readonly status: 'progress';
      readonly name: string;
      readonly file: string;
      readonly progress: number;
      readonly loaded: number;
      readonly total: number;
    };

/** Receives one event; what it throws ends the download. */
export type OnProgress = (event: HubProgress) => void;

/** A `progress` event; an empty file counts as complete. */
export function progressOf(name: string, file: string, loaded: number, size: number | null): HubProgress {
  const total = size ?? 0;
  const progress = total > 0 ? (100 * loaded) / total : size === 0 ? 100 : 0;
  return { status: 'progress', name, file, progress, loaded, total };
}
