import { MemoryLedger } from '../../../../src/network/journal/ledger';
import type { NetworkState } from '../../../../src/network/model/network-state';
import { runTransaction, runRemoval, runPendingUndo } from '../../../../src/network/journal/transaction';

const port = {
  hostAddress: '192.0.2.1',
  hostPort: 80,
  protocol: 'tcp',
  address: '10.0.0.2',
  port: 8080,
} as const;
const ports = [port];

/** Publishes a port in a kernel that is a set; `fails` says which calls of what are refused. */
class Scene {
  readonly ledger = new MemoryLedger();
  readonly kernel = new Set<number>();
  readonly seen: NetworkState[] = [];
  readonly refusals: string[] = [];

  readonly refuse = (what: string): void => {
    const at = this.refusals.indexOf(what);
    if (at < 0) return;
    this.refusals.splice(at, 1);
    throw new Error(what);
  };

  publish(): Promise<unknown> {
    return runTransaction(this.ledger, {
      choose: (state) => {
        this.seen.push(state);
        return { action: 'publish', ports };
      },
      check: () => {
        this.refuse('entry');
      },
      make: async () => {
        this.refuse('kernel');
        this.kernel.add(port.hostPort);
        return Promise.resolve(true);
      },
      undo: async () => {
        this.refuse('undo');
        this.kernel.delete(port.hostPort);
        return Promise.resolve();
      },
    });
  }

  withdraw(): Promise<void> {
    return runRemoval(this.ledger, {
      choose: () => ({ action: 'withdraw', ports }),
      take: async () => {
        this.refuse('kernel');
        this.kernel.delete(port.hostPort);
        return Promise.resolve(undefined);
      },
    });
  }

  async published(): Promise<{ kernel: number; record: number; underWay: number }> {
    const { ports: recorded } = await this.ledger.read();
    const announcement = await this.ledger.begin((state) => {
      this.seen.push(state);
      return { action: 'withdraw', ports: [] };
    });
    await announcement.rollBack();
    const all = this.seen.at(-1)?.ports.length ?? 0;
    return { kernel: this.kernel.size, record: recorded.length, underWay: all - recorded.length };
  }
}

const NOTHING = { kernel: 0, record: 0, underWay: 0 };
const PUBLISHED = { kernel: 1, record: 1, underWay: 0 };

test.each(['kernel', 'entry'])(
  'a refusal by the %s leaves nothing, and the call can be repeated',
  async (stage) => {
    const scene = new Scene();
    scene.refusals.push(stage);
    await expect(scene.publish()).rejects.toThrow(stage);
    expect(await scene.published()).toEqual(NOTHING);
    await scene.publish();
    expect(await scene.published()).toEqual(PUBLISHED);
  },
);

test('what cannot be undone stays pending, and the next change begins with it', async () => {
  const scene = new Scene();
  scene.refusals.push('entry', 'undo', 'undo');
  await expect(scene.publish()).rejects.toThrow('entry');
  expect(await scene.published()).toEqual({ kernel: 1, record: 0, underWay: 1 });
  await scene.publish();
  expect(scene.seen.at(-1)?.ports).toEqual([]);
  expect(await scene.published()).toEqual(PUBLISHED);
});

test('pending undo work can be refused again', async () => {
  const scene = new Scene();
  scene.refusals.push('entry', ...Array.from({ length: 4 }, () => 'undo'));
  await expect(scene.publish()).rejects.toThrow('entry');
  await runPendingUndo(scene.ledger);
  expect(await scene.published()).toEqual({ kernel: 1, record: 0, underWay: 1 });
  await runPendingUndo(scene.ledger);
  expect(await scene.published()).toEqual(NOTHING);
});

test('a removal that is refused once is done; refused twice it can be repeated', async () => {
  const scene = new Scene();
  await scene.publish();
  scene.refusals.push('kernel', 'kernel');
  await expect(scene.withdraw()).rejects.toThrow('kernel');
  expect(await scene.published()).toEqual(PUBLISHED);
  scene.refusals.push('kernel');
  await scene.withdraw();
  expect(await scene.published()).toEqual(NOTHING);
});
