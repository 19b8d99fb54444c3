import { checkRequests } from '../../../src/firewall/nft/check-requests';
import { rule } from '../../../src/firewall/rule/rule';

const at = { family: 'inet', table: 't' };
const deletion = (family: string, body: object) => [{ family, verb: 'delete', body }];

test.each([
  ['nftRule', { ...at, chain: 'c', rule: rule`accept` }, 'requests[0].body.rule'],
  ['nftRule', { ...at, chain: 'c', expressions: [] }, 'requests[0].body.expressions'],
  ['nftRule', { ...at, chain: 'c', position: 4n }, 'requests[0].body.position'],
  ['nftRule', { ...at, chain: 'c', handle: undefined }, 'requests[0].body.handle'],
  ['nftSetElem', { ...at, set: 's', elements: undefined }, 'requests[0].body.elements'],
  ['nftTable', { family: 'inet' }, 'requests[0].body.name'],
  ['nftTable', { family: 'inet', name: undefined }, 'requests[0].body.name'],
  ['nftChain', at, 'requests[0].body.name'],
  ['nftSet', at, 'requests[0].body.name'],
])('a deletion by %s that would take more than it names is refused: %j', (family, body, path) => {
  expect(() => {
    checkRequests(deletion(family, body));
  }).toThrow(expect.objectContaining({ code: 'ERR_VALIDATION', path }));
});

test.each([
  ['nftRule', { ...at, chain: 'c', handle: 4n }],
  ['nftRule', { ...at, chain: 'c' }],
  ['nftSetElem', { ...at, set: 's' }],
  ['nftTable', { family: 'inet', name: 't' }],
  ['nftChain', { ...at, handle: 5n }],
])('a deletion by %s of what is meant is taken: %j', (family, body) => {
  expect(() => {
    checkRequests(deletion(family, body));
  }).not.toThrow();
});
