import type { Body } from '../types/common/body';
import { word } from '../../base/format';
import type { RequestPrinter } from './printer';

/** `ethtool -K`, with the names unchanged. */
export const ethtoolCommand: RequestPrinter = (_verb, body) => {
  const features = Object.entries((body['features'] ?? {}) as Body);
  const words = features.flatMap(([name, value]) => [name, value === true ? 'on' : 'off']);
  return { tool: 'ethtool', words: ['-K', word(body['dev']), ...words] };
};
