import { NetlinkError } from './errors';

/** The outcome of one request of a batch. */
type Result = { readonly ok: true } | { readonly ok: false; readonly error: Error };

/** Whether the error means that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof NetlinkError && ['ENODEV', 'ENOENT', 'ESRCH'].includes(error.code);
}

/** Throws the first refusal among the results of a batch, apart from those of objects that do not exist. */
export function throwRefusal(results: readonly Result[]): void {
  for (const result of results) if (!result.ok && !isNotFound(result.error)) throw result.error;
}

/** The result of an operation on an object; undefined if the object does not exist. */
export async function ignoringNotFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
