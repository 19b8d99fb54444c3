import type { DataType } from '../../text/values/types';
import type { Selector } from './selectors';

/** A selector, and what is done to it before it is compared. */
export interface Operand {
  readonly selector: Selector;
  readonly mask?: bigint;
  readonly xor?: bigint;
}

/** Whether a value is a set of bits that have names. */
export function isBits({ style }: DataType): boolean {
  return style === 'bits' || style === 'label';
}
