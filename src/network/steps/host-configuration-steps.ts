import type { Step } from '../../plan/spec/step';
import {
  type HostConfiguration,
  isProxy,
  keyOfRoute,
  defined,
  type Address,
} from '../model/host-configuration';
import { HOST } from '../model/labels';

const LONGEST_LABEL = 15;

/** The steps that remove a configuration from a device. */
export function removeConfigurationSteps(
  { addresses, routes, neighbours = [], kernelRoutes = [] }: HostConfiguration,
  dev: string,
): Step[] {
  return [
    ...[...neighbours].reverse().map(({ to, flags }): Step => {
      const body = { to, dev, ...(isProxy(flags) && { flags: ['proxy'] as const }) };
      return { op: 'neigh.delete', netns: HOST, body };
    }),
    ...[...kernelRoutes, ...routes].reverse().map((route): Step => {
      return { op: 'route.delete', netns: HOST, body: { ...keyOfRoute(route), dev } };
    }),
    ...[...addresses].reverse().map(({ address, peer }): Step => {
      return { op: 'addr.delete', netns: HOST, body: { dev, address, ...defined({ peer }) } };
    }),
  ];
}

/** The steps that add a configuration to a device. */
export function addConfigurationSteps(
  { addresses, routes, neighbours = [], kernelRoutes = [] }: HostConfiguration,
  dev: string,
): Step[] {
  return [
    // Ahead of their addresses, so that they are undone: the kernel leaves that of an address that expires.
    ...kernelRoutes.map((route): Step => {
      return { op: 'route.append', netns: HOST, body: { ...route, dev } };
    }),
    ...addresses.map((address): Step => {
      return { op: 'addr.add', netns: HOST, body: { ...address, dev, ...labelOn(address, dev) } };
    }),
    ...routes.map((route): Step => ({ op: 'route.add', netns: HOST, body: { ...route, dev } })),
    // The host may have learned some of them by now.
    ...neighbours.map((one): Step => ({ op: 'neigh.replace', netns: HOST, body: { ...one, dev } })),
  ];
}

function labelOn({ label }: Address, dev: string): { label?: string } {
  return label?.startsWith(':') ? { label: `${dev}${label}`.slice(0, LONGEST_LABEL) } : {};
}
