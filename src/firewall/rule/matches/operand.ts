import type { DataType } from '../../text/values/types';
import type { Selector } from './selectors';

/** A selector with the operations applied before a comparison. */
export interface Operand {
  readonly selector: Selector;
  readonly mask?: bigint;
  readonly xor?: bigint;
}

/** Whether a value is a set of named bits. */
export function isBits({ style }: DataType): boolean {
  return style === 'bits' || style === 'label';
}
