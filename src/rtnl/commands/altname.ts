import type { RequestPrinter } from './printer';
import { device } from './words';
import { word } from '../../base/format';

export const altnameCommand: RequestPrinter = (verb, body) => {
  const names = [body['altnames']].flat().flatMap((name) => ['altname', word(name)]);
  const target = device(body['ifname'] ?? body['index']);
  return {
    tool: 'ip',
    words: ['link', 'property', verb === 'delete' ? 'del' : verb, 'dev', target, ...names],
  };
};
