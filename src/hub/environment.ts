import { DEFAULT_ENDPOINT } from './http/address.ts';

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about the hub. */
export interface HubEnvironment {
  /** Folder of the cache, the one `huggingface_hub` uses. */
  readonly cacheDir: string;
  readonly endpoint: string;
  /** From `HF_TOKEN`; a token file is the caller's to read. */
  readonly token: string | undefined;
  /** File that `hf auth login` writes; undefined when implicit tokens are switched off. */
  readonly tokenFile: string | undefined;
  readonly offline: boolean;
  /** False when `HF_HUB_DISABLE_SYMLINKS` asks for copies. */
  readonly symlinks: boolean;
}

/**
 * Reads `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE` and their older names
 * by the rules of `huggingface_hub`. `home` is the user's folder.
 *
 * @example
 * hubEnvironment({ HF_HOME: '/models' }, '/home/me').cacheDir; // '/models/hub'
 */
export function hubEnvironment(env: Environment, home: string): HubEnvironment {
  const path = (text: string): string => expand(text, env, home);
  const hfHome = path(env.HF_HOME ?? `${env.XDG_CACHE_HOME ?? '~/.cache'}/huggingface`);
  const implicit = !isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN);
  const token = clean(env.HF_TOKEN) ?? clean(env.HUGGING_FACE_HUB_TOKEN);
  return {
    cacheDir: path(env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? `${hfHome}/hub`),
    endpoint: (env.HF_ENDPOINT ?? DEFAULT_ENDPOINT).replace(/\/+$/, ''),
    token: implicit ? token : undefined,
    tokenFile: implicit ? path(env.HF_TOKEN_PATH ?? `${hfHome}/token`) : undefined,
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    symlinks: !isTrue(env.HF_HUB_DISABLE_SYMLINKS),
  };
}

/** A token as files and shells give it, without the line end; undefined when nothing is left. */
export function clean(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, '').trim() || undefined;
}

function isTrue(text: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((text ?? '').toUpperCase());
}

/** `~`, `$NAME` and `${NAME}` at their values; unknown names stay as they are. */
function expand(path: string, env: Environment, home: string): string {
  const named = path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, bare) => env[braced ?? bare] ?? all);
  return named.replace(/^~(?=\/|$)/, home);
}
