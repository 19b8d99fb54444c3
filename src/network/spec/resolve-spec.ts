import { array, boolean, maxValue, minLength, minValue, optional, picklist, pipe, string } from 'valibot';
import { ValidationError } from '../../errors/errors';
import { checkDeviceName } from '../../firewall/iptables/device-name';
import { FIREWALL_KINDS } from '../../firewall/iptables/flavour';
import { aHost } from '../../netns/host-option';
import { deviceName, portPrefix } from '../addressing/derived-names';
import { dnsOf, dnsSchema } from './dns-options';
import { openvswitchOf, openvswitchSchema } from './openvswitch-options';
import { checkLan } from './lan-options';
import { checkMacvlan, MACVLAN_MODES } from './macvlan-options';
import { checkRouted } from './routed-options';
import { hasSegments } from '../addressing/blocks';
import { resolveSpec6 } from './spec6';
import { type Subnet } from '../addressing/subnet';
import {
  booleanOrOptions,
  ifname,
  networkName,
  newIfname,
  options,
  validate,
  wholeNumber,
} from '../../errors/validate-options';
import { VXLAN_OVERHEAD, vxlanSchema } from './vxlan-options';
import type { NetworkSpec } from './network-spec';
import type { ResolvedSpec } from './resolved-spec';
import { checkedSubnet, gatewayOf, checkedRange } from './check-subnet';

/** Of Ethernet, in bytes. */
export const MTU = 1500;
const schema = options({
  name: networkName,
  subnet: string('must be an IPv4 network, such as "10.0.0.0/24"'),
  gateway: optional(string('must be an IPv4 address, such as "10.0.0.1"')),
  subnet6: optional(string('must be an IPv6 network, such as "fd00:1::/64"')),
  gateway6: optional(string('must be an IPv6 address, such as "fd00:1::1"')),
  parent: optional(ifname),
  bridge: optional(newIfname),
  nat: optional(
    booleanOrOptions(
      {
        interfaces: optional(
          pipe(array(ifname, 'must be a list of device names'), minLength(1, 'must name at least one')),
        ),
        loopback: optional(boolean('must be true or false')),
      },
      'must be true, false or { interfaces: ["eth0"] }',
    ),
  ),
  dns: optional(dnsSchema),
  neighbours: optional(picklist(['dynamic', 'static'], 'must be "dynamic" or "static"')),
  isolated: optional(boolean('must be true or false')),
  firewall: optional(picklist(FIREWALL_KINDS, `must be one of ${FIREWALL_KINDS.join(', ')}`)),
  mode: optional(picklist(['bridge', 'routed', 'macvlan'], 'must be "bridge", "routed" or "macvlan"')),
  macvlan: optional(picklist(MACVLAN_MODES, `must be one of ${MACVLAN_MODES.join(', ')}`)),
  switch: optional(picklist(['linux', 'openvswitch'], 'must be "linux" or "openvswitch"')),
  openvswitch: optional(openvswitchSchema),
  overlap: optional(boolean('must be true or false')),
  range: optional(string('must be a part of the subnet, such as "10.0.0.64/26"')),
  vxlan: optional(vxlanSchema),
  mtu: optional(
    pipe(
      wholeNumber('must be a whole number of bytes'),
      minValue(68, 'must be at least 68, the smallest that IPv4 allows'),
      maxValue(65535, 'must be at most 65535'),
    ),
  ),
  lifetime: optional(picklist(['process', 'persistent'], 'must be "process" or "persistent"')),
  warnings: optional(boolean('must be true or false')),
  host: optional(aHost),
});

/** Checks a spec and fills in its defaults. Throws a ValidationError before any system call. */
export function resolveSpec(spec: NetworkSpec, operation = 'network.create'): ResolvedSpec {
  const checked = validate(schema, spec, operation);
  const { name, parent, lifetime = 'process', vxlan, ...rest } = checked;
  checkMacvlan(checked, operation);
  if (parent !== undefined) checkLan(checked, operation);
  const isMacvlan = rest.mode === 'macvlan';
  const { nat = parent === undefined, mtu = vxlan ? MTU - VXLAN_OVERHEAD : MTU } = rest;
  const subnet = checkedSubnet(rest.subnet, operation);
  const gateway = gatewayOf(subnet, rest.gateway, operation);
  const dns = dnsOf(rest.dns ?? nat !== false);
  const spec6 = resolveSpec6({ ...rest, mtu }, operation);
  const interfaces = typeof nat === 'object' ? nat.interfaces : undefined;
  if (rest.firewall !== undefined && rest.firewall !== 'nftables' && rest.bridge !== undefined)
    checkDeviceName(rest.bridge, 'bridge');
  const openvswitch = openvswitchOf({ ...rest, lifetime, vxlan }, operation);
  if (rest.mode === 'routed') checkRouted({ ...rest, subnet, vxlan }, operation);
  if (vxlan && spec6) {
    const problem = 'must not be set with vxlan: the hosts would choose the same addresses';
    throw new ValidationError({ operation, path: 'subnet6', value: spec6.subnet, problem });
  }
  return {
    name,
    subnet,
    gateway,
    ...(spec6 && { spec6 }),
    device: (isMacvlan ? parent : rest.bridge) ?? deviceName(name),
    nat: nat !== false,
    ...(typeof nat === 'object' && nat.loopback === true && { loopback: true }),
    ...(interfaces && { interfaces }),
    ...(dns && { dns }),
    ...(parent === undefined && rest.neighbours !== 'dynamic' && { neighbours: 'static' }),
    ...(rest.firewall && { firewall: rest.firewall }),
    ...(rest.isolated === false && { open: true }),
    ...(rest.mode === 'routed' && routingOf(name, lifetime, subnet)),
    ...(isMacvlan && { macvlan: rest.macvlan ?? 'bridge' }),
    ...(rest.range !== undefined && { range: checkedRange(subnet, gateway, rest.range, operation) }),
    ...(rest.overlap === true && { overlap: true }),
    ...(vxlan && { vxlan }),
    ...(openvswitch && { openvswitch }),
    ...(parent === undefined ? { mtu } : { parent, ...(rest.mtu !== undefined && { mtu }) }),
    lifetime,
  };
}

function routingOf(
  name: string,
  lifetime: ResolvedSpec['lifetime'],
  subnet: Subnet,
): Pick<ResolvedSpec, 'routed' | 'portPrefix'> {
  if (lifetime === 'persistent') return { routed: 'host', portPrefix: portPrefix(name) };
  return { routed: hasSegments(subnet) ? 'segments' : 'router' };
}
