import { isNamespace, isOpenElsewhere, OTHER_COPY } from './handle';

/**
 * A requirement as an error states it, completed if the value meets it except for one thing: another copy of this
 * library in the process made it.
 */
export function ofThisCopy(problem: string, value: unknown): string {
  return isOfOtherCopy(value) ? `${problem}, of this copy of the library: ${OTHER_COPY}` : problem;
}

/** Whether another copy of this library made a namespace, or an object that belongs to one: an endpoint or a network. */
function isOfOtherCopy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { netns, host } = value as { readonly netns?: unknown; readonly host?: unknown };
  return [value, netns, host].some((one) => isNamespace(one) && isOpenElsewhere(one));
}
