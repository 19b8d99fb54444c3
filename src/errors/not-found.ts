import { NetlinkError } from './errors';

/** Whether an error says that the object is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof NetlinkError && ['ENODEV', 'ENOENT', 'ESRCH'].includes(error.code);
}

/** The result of work on something, undefined if that is not there. */
export async function ignoringGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
