import type { FirewallKind } from '../../firewall/iptables/flavour';
import { hasForceForwarding } from '../host/egress';
import { hasIpv6 } from '../host/links';
import { unusedGroup } from '../host/devices';
import { driverOf } from '../drivers';
import type { Lan } from '../drivers/parts/lan';
import type { Layout } from '../model/layout';
import { MTU } from '../spec/resolve-spec';
import type { ResolvedSpec } from '../spec/resolved-spec';
import { LEAST_MTU6 } from '../spec/spec6';

export function layoutOf(spec: ResolvedSpec, firewall: FirewallKind, { mtu = MTU }: Lan = {}): Layout {
  const { overlap: _, spec6, ...rest } = spec;
  const inet6 = spec6 && { ...spec6, perInterface: hasForceForwarding() };
  const ports = driverOf(spec).can.groupPorts && { group: unusedGroup() };
  // On a device with a smaller MTU the kernel has no IPv6, and refuses IPv6 settings.
  const ipv6 = hasIpv6() && (rest.mtu ?? mtu) >= LEAST_MTU6;
  return { mtu, ...ports, ...rest, firewall, ipv6, ...(inet6 && { inet6 }) };
}
