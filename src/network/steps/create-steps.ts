import type { Step } from '../../plan/spec/step';
import { driverOf } from '../drivers';
import { forwardSteps } from '../drivers/parts/link-steps';
import type { Layout } from '../model/layout';
import { rulesSteps } from './rules-steps';

/**
 * The steps that create a network without endpoints. The firewall is complete before anything forwards. Configuration
 * of a device that the plan itself creates needs no undo: it goes with the device.
 */
export function createSteps(layout: Layout): Step[] {
  const driver = driverOf(layout);
  return [
    ...rulesSteps(layout),
    ...driver.hubSteps(layout),
    ...driver.hostSteps(layout),
    ...forwardingSteps(layout),
  ];
}

function forwardingSteps(layout: Layout): Step[] {
  if (!layout.nat && !layout.open) return [];
  const { device, inet6 } = layout;
  return [
    ...forwardSteps([device], 'ip'),
    ...(inet6?.perInterface === true ? forwardSteps([device], 'ip6') : []),
  ];
}
