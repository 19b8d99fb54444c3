import type { Step } from '../../plan/spec/step';
import type { LinkInfo } from '../../rtnl/types';
import type { HostConfiguration } from '../model/host-configuration';
import { HOST } from '../model/labels';
import type { Layout } from '../model/layout';
import { driverOf } from '../drivers';
import { removeConfigurationSteps, addConfigurationSteps } from './host-configuration-steps';

/**
 * The steps that make a device a port, and move its configuration to the bridge, with the MAC address by which
 * neighbours know it.
 */
export function adoptSteps(
  layout: Layout,
  { ifname, address: mac }: Pick<LinkInfo, 'ifname' | 'address'>,
  configuration: HostConfiguration,
): Step[] {
  const { device: bridge } = layout;
  const known = { op: 'link.set', netns: HOST, body: { ifname: bridge, address: mac } } as const;
  return [
    ...removeConfigurationSteps(configuration, ifname),
    ...(driverOf(layout).movesConfiguration && mac !== undefined ? [known as Step] : []),
    { op: 'link.set', netns: HOST, body: { ifname, master: bridge, up: true } },
    ...addConfigurationSteps(configuration, bridge),
  ];
}

// A device that was taken off the bridge by hand may have part of its configuration already.
export function releaseSteps(
  { device: bridge }: Layout,
  ifname: string,
  configuration: HostConfiguration,
  missing: HostConfiguration,
): Step[] {
  return [
    ...removeConfigurationSteps(configuration, bridge),
    { op: 'link.set', netns: HOST, body: { ifname, master: null } },
    ...addConfigurationSteps(missing, ifname),
  ];
}
