import fc from 'fast-check';
import { checkManyOptions, chooseMembers } from '../../../../src/network/members/attach-options';
import { applyChange, type Change } from '../../../../src/network/model/changes';
import { type NetworkState } from '../../../../src/network/model/network-state';
import type { Layout } from '../../../../src/network/model/layout';
import { resolveSpec } from '../../../../src/network/spec/resolve-spec';
import { AddressesInUse } from '../../../../src/network/model/addresses-in-use';

const { interfaces: _, ...spec } = resolveSpec({
  ...{ name: 'web', subnet: '10.0.0.0/26', subnet6: 'fd00:1::/64', range: '10.0.0.16/28' },
});
const layout: Layout = {
  ...{ mtu: 1500, ...spec, ipv6: true },
  inet6: { subnet: 'fd00:1::/64', gateway: 'fd00:1::1', perInterface: true },
};
const none: NetworkState = { members: [], ports: [] };

function attached(state: NetworkState, count: number): Change {
  const candidates = Array.from({ length: count }, () => undefined);
  return {
    action: 'attach',
    members: chooseMembers(layout, state.members, candidates, checkManyOptions({})),
  };
}

/** The same lists, of which nothing is known. */
function strange(state: NetworkState): NetworkState {
  return { ...state, members: [...state.members] };
}

test('what is handed on from list to list is what the list itself says', () => {
  const coming = fc.record({ come: fc.integer({ min: 1, max: 3 }) });
  const going = fc.record({ go: fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(fc.oneof(coming, going), { maxLength: 40 }), (events) => {
      let state = none;
      for (const event of events) {
        if ('go' in event) {
          const members = state.members.filter((_, index) => event.go.includes(index));
          state = applyChange(state, { action: 'detach', members });
        } else if (state.members.length + event.come <= 12) {
          const change = attached(state, event.come);
          expect(change).toEqual(attached(strange(state), event.come));
          state = applyChange(state, change);
        }
      }
    }),
  );
});

test('a list that was followed is read anew', () => {
  const one = applyChange(none, attached(none, 2));
  const known = AddressesInUse.of(layout, one.members, () => []);
  const two = applyChange(one, attached(one, 1));
  expect(AddressesInUse.of(layout, two.members, () => [])).toBe(known);
  expect(AddressesInUse.of(layout, one.members, () => []).ip.has('10.0.0.18')).toBe(false);
  expect(known.ip.has('10.0.0.18')).toBe(true);
});

test("the host's addresses are in use while the host has them, and a member's own stays in use", () => {
  const one = applyChange(none, attached(none, 1));
  const { ip } = AddressesInUse.of(layout, one.members, () => []);
  const known = AddressesInUse.of(layout, one.members, () => []);
  known.reserve(['10.0.0.16', '10.0.0.17']);
  expect(attached(one, 1)).toMatchObject({ members: [{ address: '10.0.0.18' }] });
  known.reserve([]);
  expect(['10.0.0.16', '10.0.0.17'].map((address) => ip.has(address))).toEqual([true, false]);
  expect(attached(one, 1)).toMatchObject({ members: [{ address: '10.0.0.17' }] });
});

test('networks that have nobody yet know their own gateways', () => {
  const { inet6: __, ...without } = layout;
  const other: Layout = { ...without, gateway: '10.0.0.9' };
  expect(AddressesInUse.of(other, none.members, () => []).ip.has('10.0.0.9')).toBe(true);
  const { ip, ip6 } = AddressesInUse.of(layout, none.members, () => []);
  expect([ip.has('10.0.0.9'), ip.has(layout.gateway), ip6.has('fd00:1::1')]).toEqual([false, true, true]);
});
