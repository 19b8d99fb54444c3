import { NetworkNamespace } from 'netloom';

/** The scratch host's address towards the scratch internet, and the internet's towards the host. */
export const HOST_ADDRESS = '192.0.2.1';
export const INTERNET_ADDRESS = '192.0.2.2';

/** Two namespaces that play a host and the internet, so that the demo touches nothing of the machine. */
export interface Scene {
  readonly host: NetworkNamespace;
  readonly internet: NetworkNamespace;
  remove(): Promise<void>;
}

export async function buildScene(): Promise<Scene> {
  // No IPv6: its link-local addresses would appear while the demo compares before with after.
  const [host, internet] = await NetworkNamespace.createMany(2, { ipv6: false });
  if (!host || !internet) throw new Error('createMany created no namespaces');
  // The far end is created in the internet namespace; moving it there would take a hundred times as long.
  await host.rtnl.link.add({
    ifname: 'wan0',
    kind: 'veth',
    up: true,
    peer: { ifname: 'lan0', netns: internet },
  });
  await host.rtnl.addr.add({ dev: 'wan0', address: `${HOST_ADDRESS}/24` });
  await internet.rtnl.link.set({ ifname: 'lan0', up: true });
  await internet.rtnl.addr.add({ dev: 'lan0', address: `${INTERNET_ADDRESS}/24` });
  await host.rtnl.route.add({ to: 'default', via: INTERNET_ADDRESS, dev: 'wan0' });
  return {
    host,
    internet,
    remove: async () => {
      await Promise.all([host.delete(), internet.delete()]);
    },
  };
}
