import { show } from '../../base/format';

/** Thrown for a body that cannot be encoded, before any system call. Its path grows while it is thrown through the body. */
export class EncodeError extends Error {
  /** Of the offending key in the body: 'peer.ifname'. */
  path = '';
  /** The step of the program, and the request of a transaction. */
  step = 0;
  request = 0;

  /** `problem` says what is wrong and what would be right; it follows the path in the message. */
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

/** What a part of an object threw: a refusal is about the part. */
export function within(part: string, error: unknown): unknown {
  if (error instanceof EncodeError) error.within(part);
  return error;
}

/** Calls `visit` for each item of an array; what it refuses is refused under the item's number. */
export function eachItem(list: unknown, visit: (item: unknown) => void): void {
  if (!Array.isArray(list)) refuse('an array', list);
  let index = 0;
  try {
    for (; index < list.length; index++) visit(list[index]);
  } catch (error) {
    throw within(`[${index}]`, error);
  }
}
