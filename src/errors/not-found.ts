import { NetlinkError } from './errors';

/** Whether the error means that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof NetlinkError && ['ENODEV', 'ENOENT', 'ESRCH'].includes(error.code);
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
