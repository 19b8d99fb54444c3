import type { Step } from '../../plan/spec/step';
import { type HostConfiguration, keyOfRoute, defined, type Address } from '../model/host-configuration';
import { HOST } from '../model/labels';

const LONGEST_LABEL = 15;

/** The steps that remove a configuration from a device. */
export function removeConfigurationSteps({ addresses, routes }: HostConfiguration, dev: string): Step[] {
  return [
    ...[...routes].reverse().map((route): Step => {
      return { op: 'route.delete', netns: HOST, body: { ...keyOfRoute(route), dev } };
    }),
    ...[...addresses].reverse().map(({ address, peer }): Step => {
      return { op: 'addr.delete', netns: HOST, body: { dev, address, ...defined({ peer }) } };
    }),
  ];
}

/** The steps that add a configuration to a device. */
export function addConfigurationSteps({ addresses, routes }: HostConfiguration, dev: string): Step[] {
  return [
    ...addresses.map((address): Step => {
      return { op: 'addr.add', netns: HOST, body: { ...address, dev, ...labelOn(address, dev) } };
    }),
    ...routes.map((route): Step => ({ op: 'route.add', netns: HOST, body: { ...route, dev } })),
  ];
}

function labelOn({ label }: Address, dev: string): { label?: string } {
  return label?.startsWith(':') ? { label: `${dev}${label}`.slice(0, LONGEST_LABEL) } : {};
}
