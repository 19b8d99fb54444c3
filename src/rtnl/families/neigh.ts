import { words, type Body, type FamilyHooks } from '../contract/hooks';
import { word } from '../../base/format';

export const neigh: FamilyHooks = {
  prepare(body, verb) {
    if (verb === 'list') return byAttribute(body);
    // The same as iproute2's: what an administrator enters stays.
    return verb === 'add' || verb === 'replace' || verb === 'set' ? { state: 'permanent', ...body } : body;
  },
  describe: (body) => `${word(body['to'] ?? '')} ${words(body, ['lladdr', 'dev'])}`.trim(),
};

// Lists take the device as an attribute only.
function byAttribute({ dev, ...rest }: Body): Body {
  return dev === undefined ? rest : { ...rest, ifindex: dev };
}
