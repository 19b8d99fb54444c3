import type { FamilyHooks } from '../contract/hooks';
import { word } from '../../base/format';

export const altname: FamilyHooks = {
  describe: (body) => `${word(body['ifname'] ?? body['index'])} ${[body['altnames']].flat().join(' ')}`,
};
