import type { Step } from '../../../plan/spec/step';

/** Adds an address that is unique by design, so without duplicate address detection. */
export function addressStep6(netns: string, dev: string, address: string): Step {
  return { op: 'addr.add', netns, body: { dev, address, flags: ['nodad'] }, undo: 'none' };
}

/** A write below net/ipv6/conf of a device that the network created: the setting ends with the device. */
export function setting6(netns: string, device: string, key: string, value: string): Step {
  return { op: 'sysctl', netns, path: `net/ipv6/conf/${device}/${key}`, value };
}
