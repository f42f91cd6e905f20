/** The hub's own address. */
export const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** The address of one file at one revision. */
export function fileUrl(endpoint: string, repository: string, revision: string, name: string): string {
  const path = name.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** The address of what the hub says about one revision. */
export function revisionUrl(endpoint: string, repository: string, revision: string): string {
  return `${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}`;
}
