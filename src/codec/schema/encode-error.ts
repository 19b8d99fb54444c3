import { show } from '../../base/format';

/**
 * Thrown for a body that cannot be encoded, before any system call. The path grows as the error passes through the
 * body.
 */
export class EncodeError extends Error {
  /** The invalid key of the body: 'peer.ifname'. */
  path = '';
  /** The step of the program, and the request of a transaction. */
  step = 0;
  request = 0;

  /** `problem` states the problem and the remedy; it follows the path in the message. */
  constructor(readonly problem: string) {
    super(problem);
  }

  within(part: string): void {
    this.path = this.path === '' || this.path.startsWith('[') ? part + this.path : `${part}.${this.path}`;
  }
}

/** `want` completes the sentence 'must be ...'. */
export function refuse(want: string, got: unknown): never {
  throw new EncodeError(`must be ${want}, got ${shown(got)}`);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return value.toString();
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? 'an object'
    : show(value);
}

/** Adds the name of the part to the error that its encoding threw. */
export function within(part: string, error: unknown): unknown {
  if (error instanceof EncodeError) error.within(part);
  return error;
}

/** Calls `visit` for each item of an array; errors name the item by its index. */
export function eachItem(list: unknown, visit: (item: unknown) => void): void {
  if (!Array.isArray(list)) refuse('an array', list);
  let index = 0;
  try {
    for (; index < list.length; index++) visit(list[index]);
  } catch (error) {
    throw within(`[${index}]`, error);
  }
}
