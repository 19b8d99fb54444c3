import { word } from '../../base/format';
import type { Body } from '../types/common/body';

/** The words 'key value' for those keys that the body has. */
export function words(body: Body, keys: readonly string[]): string {
  return keys.flatMap((key) => (body[key] === undefined ? [] : [`${key} ${word(body[key])}`])).join(' ');
}
