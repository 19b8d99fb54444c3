import type { NativeVerb } from '../../src/native/program';

/** One request in three forms that must agree. */
export interface Sample {
  readonly title: string;
  readonly family: string;
  readonly verb: NativeVerb;
  readonly body: object;
  /** Arguments of `ip` or `bridge` that ask for the same; absent where iproute2 6.1 cannot say it. */
  readonly command?: string;
  /** The message behind its nlmsghdr, in hexadecimal: the fixed header, then one attribute of the outermost level a line. */
  readonly wire: string;
}

/** Joins the lines of a message. */
export function hex(...lines: readonly string[]): string {
  return lines.join('');
}
