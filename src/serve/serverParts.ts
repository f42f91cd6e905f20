import type { ModelRepository } from './modelRepository.ts';

/** What routes work on. */
export interface ServerParts {
  readonly repository: ModelRepository;
  readonly version: string;
  readonly state: { draining: boolean };
  readonly limits: {
    readonly maxBody: number;
    /** Deadline from the header `Request-Timeout-Ms`; undefined without one. */
    timeoutOf(request: Request): number | undefined;
  };
}
