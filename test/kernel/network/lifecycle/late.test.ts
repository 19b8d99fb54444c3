import fs from 'node:fs';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import { gc } from '../../../../src/network/gc/gc';
import { abandon, type Action, readIntents } from '../../../../src/network/journal/intents';
import { JournalLedger, type Transaction } from '../../../../src/network/journal/ledger';
import { Network } from '../../../../src/network/network';
import type { Resource } from '../../../../src/network/resources/definition/resource';
import { devices } from '../../../../src/network/resources/host/devices';
import { publishedPorts } from '../../../../src/network/resources/rules/published-ports';
import { type Lab, lab, machineSnapshot, needTools, scratchName, snapshot, WAN } from '../../../support';

needTools('ip', 'nft');

const PEER = { subnet: '10.2.0.0/24', via: '192.0.2.2' };

/** A network with all kinds of parts. The next one of its name has the same: addresses, devices, ports, files. */
async function make({ host }: Lab, names: readonly string[]): Promise<Network> {
  const spec = { name: 'web', subnet: '172.30.0.0/24', lifetime: 'persistent', warnings: false } as const;
  const network = await Network.create({ ...spec, host, dns: {} });
  const [first] = await network.attachMany(names);
  await network.publish({ hostAddress: WAN, hostPort: 8080, to: first!, port: 80 });
  await network.peer(PEER);
  return network;
}

/** What the kernel has of the networks, and their files. */
async function everything(host: NetworkNamespace, names: readonly string[]): Promise<unknown> {
  const files = names.map((name) => `/etc/netns/${name}/resolv.conf`).filter((file) => fs.existsSync(file));
  const texts = files.map((file) => [file, fs.readFileSync(file, 'utf8')]);
  return [await snapshot(host), machineSnapshot(), texts];
}

interface Story {
  readonly action: Action;
  readonly call: (network: Network, spare: string) => Promise<unknown>;
  /** Arranges that `meanwhile` runs once, at a moment of the call. */
  readonly pause: (meanwhile: () => Promise<void>) => void;
}

/** Lets `change` alter the next change of a network that begins. */
function onBegin(change: (transaction: Transaction) => Transaction | Promise<Transaction>): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the ledger as `this`
  const { begin } = JournalLedger.prototype;
  jest.spyOn(JournalLedger.prototype, 'begin').mockImplementationOnce(async function (
    this: JournalLedger,
    ...given
  ) {
    return change(await begin.apply(this, given));
  });
}

const onceBegun: Story['pause'] = (meanwhile) => {
  onBegin(async (transaction) => {
    await meanwhile();
    return transaction;
  });
};

const beforeEntry: Story['pause'] = (meanwhile) => {
  onBegin((transaction) => {
    const commit: Transaction['commit'] = async (...entry) => {
      await meanwhile();
      return transaction.commit(...entry);
    };
    return { ...transaction, commit };
  });
};

function after(resource: Resource): Story['pause'] {
  return (meanwhile) => {
    const remove = resource.remove.bind(resource);
    jest.spyOn(resource, 'remove').mockImplementationOnce(async (removal) => {
      await remove(removal);
      await meanwhile();
    });
  };
}

/** After the removal asked whose network it is, and before it reads what there is. */
function within(resource: Resource): Story['pause'] {
  return (meanwhile) => {
    const remove = resource.remove.bind(resource);
    jest.spyOn(resource, 'remove').mockImplementationOnce(async (removal) => {
      await meanwhile();
      await remove(removal);
    });
  };
}

const stories: Record<string, Story> = {
  'detach(), before its first step': {
    action: 'detach',
    call: (network) => network.detach(network.endpoints),
    pause: onceBegun,
  },
  'detach(), after its first step': {
    action: 'detach',
    call: (network) => network.detach(network.endpoints),
    pause: after(publishedPorts),
  },
  'detach(), before it reads its devices': {
    action: 'detach',
    call: (network) => network.detach(network.endpoints),
    pause: within(devices),
  },
  'a withdrawal': {
    action: 'withdraw',
    call: (network) => network.unpublish({ hostAddress: WAN, hostPort: 8080 }),
    pause: onceBegun,
  },
  'unpeer()': { action: 'unpeer', call: (network) => network.unpeer(PEER.subnet), pause: onceBegun },
  'delete(), before it reads its devices': {
    action: 'delete',
    call: (network) => network.delete(),
    pause: within(devices),
  },
  'delete()': { action: 'delete', call: (network) => network.delete(), pause: after(devices) },
  'attach(), before its first step': {
    action: 'attach',
    call: (network, spare) => network.attach(spare),
    pause: onceBegun,
  },
  'attach(), which is then undone': {
    action: 'attach',
    call: (network, spare) => network.attach(spare),
    pause: beforeEntry,
  },
  'publish(), which is then undone': {
    action: 'publish',
    call: (network) =>
      network.publish({ hostAddress: WAN, hostPort: 8081, to: network.endpoints[0]!, port: 81 }),
    pause: beforeEntry,
  },
};

afterEach(() => jest.restoreAllMocks());

test.each(Object.entries(stories))(
  'who was stopped while others deleted the network and made it anew changes nothing of the new one: %s',
  async (_, { action, call, pause }) => {
    const scene = await lab({ named: true });
    const { host } = scene;
    const names = [scratchName(), scratchName(), scratchName()];
    const [web = '', db = '', spare = ''] = names;
    const network = await make(scene, [web, db]);
    const other = await Network.open('web', { host, warnings: false });
    let later: Network | undefined;
    let before: unknown;
    pause(async () => {
      // To others a process that does not answer for long is as good as dead.
      readIntents(String(host.cookie))
        .filter((intent) => intent.action === action)
        .forEach(abandon);
      // The stopped process has namespaces open; everything else goes.
      await other.delete().catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
      });
      later = await make(scene, [web, db, spare]);
      await later.publish({ hostAddress: WAN, hostPort: 8081, to: later.endpoints[0]!, port: 81 });
      before = await everything(host, names);
    });
    await call(network, spare).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('was deleted') });
    });
    expect(before).toBeDefined();
    await network.delete();
    expect(await everything(host, names)).toEqual(before);
    for (const { netns } of later!.endpoints) await netns.exec('ping', ['-c1', '-W2', later!.gateway]);
    await later!.delete();
    expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  },
);
