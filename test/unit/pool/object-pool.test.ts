import { setTimeout as sleep } from 'node:timers/promises';
import { PoolBusyError } from '../../../src/pool/error';
import { ObjectPool, type PoolLimits } from '../../../src/pool/object-pool';
import type { Factory } from '../../../src/pool/factory';

interface Thing {
  readonly id: number;
}

/** A factory that counts, and fails when it is told to. */
class CountingFactory implements Factory<Thing> {
  readonly made: number[] = [];
  readonly destroyed: number[][] = [];
  readonly broken = new Set<Thing>();
  failure: ((count: number) => Error | undefined) | undefined;
  stops: Promise<void> | undefined;
  #next = 0;

  async make(count: number): Promise<Thing[]> {
    await this.stops;
    const error = this.failure?.(count);
    if (error) throw error;
    this.made.push(count);
    return Array.from({ length: count }, () => ({ id: this.#next++ }));
  }

  /** The next destruction of each of these fails. */
  readonly busy = new Set<Thing>();
  readonly killed: number[] = [];

  async destroy(items: readonly Thing[]): Promise<PromiseSettledResult<void>[]> {
    this.destroyed.push(items.map(({ id }) => id));
    return Promise.allSettled(
      items.map((item) =>
        this.busy.delete(item) ? Promise.reject(new Error(`busy ${item.id}`)) : Promise.resolve(),
      ),
    );
  }

  async kill(thing: Thing): Promise<void> {
    this.killed.push(thing.id);
    this.busy.delete(thing);
  }

  isWhole(thing: Thing): boolean {
    return !this.broken.has(thing);
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await sleep(1);
};

function stockOf(factory: CountingFactory, limits: Partial<PoolLimits> = {}): ObjectPool<Thing> {
  return new ObjectPool(factory, {
    size: 4,
    batch: 3,
    perSecond: Number.MAX_VALUE,
    maxWaiting: 100,
    ...limits,
  });
}

/** Makes nothing until it is opened. */
function gate(factory: CountingFactory): () => void {
  let open = (): void => undefined;
  factory.stops = new Promise((resolve) => (open = resolve));
  return open;
}

test('it fills itself, in batches, to its size and no further', async () => {
  const factory = new CountingFactory();
  const stock = stockOf(factory);
  await turns();
  expect(factory.made).toEqual([3, 1]);
  expect(stock.counts).toEqual({ ready: 4, leased: 0, waiting: 0 });
  const [first, second] = await Promise.all([stock.acquire(), stock.acquire()]);
  expect([first.id, second.id]).toEqual([0, 1]);
  await turns();
  expect(factory.made).toEqual([3, 1, 2]);
  expect(stock.counts).toEqual({ ready: 4, leased: 2, waiting: 0 });
  await stock.close();
});

test('who waits is served in order, and more than the size can be lent', async () => {
  const factory = new CountingFactory();
  const open = gate(factory);
  const stock = stockOf(factory);
  const order: number[] = [];
  const all = Array.from({ length: 11 }, async (_, index) => {
    const thing = await stock.acquire();
    order.push(index);
    return thing.id;
  });
  await turns();
  expect(stock.counts).toEqual({ ready: 0, leased: 0, waiting: 11 });
  open();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await turns();
  expect(stock.counts).toEqual({ ready: 4, leased: 11, waiting: 0 });
  await stock.close();
});

test('beyond the limit nobody may wait', async () => {
  const factory = new CountingFactory();
  const open = gate(factory);
  const stock = stockOf(factory, { maxWaiting: 1 });
  const first = stock.acquire();
  const second = await stock.acquire().catch((error: unknown) => error);
  expect(second).toBeInstanceOf(PoolBusyError);
  expect(second).toMatchObject({ code: 'ERR_POOL_BUSY', waiting: 1 });
  open();
  expect(await first).toEqual({ id: 0 });
  await stock.close();
});

test('an abort takes one out of the line and disturbs nobody else', async () => {
  const factory = new CountingFactory();
  const open = gate(factory);
  const stock = stockOf(factory);
  const controller = new AbortController();
  const aborted = stock.acquire(controller.signal);
  const other = stock.acquire();
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await expect(stock.acquire(controller.signal)).rejects.toBe(reason);
  open();
  expect(await other).toEqual({ id: 0 });
  await stock.close();
});

test('what comes back is destroyed, together with what comes back at the same time', async () => {
  const factory = new CountingFactory();
  const stock = stockOf(factory);
  const things = await Promise.all([stock.acquire(), stock.acquire(), stock.acquire()]);
  await Promise.all(things.map((thing) => stock.release(thing)));
  expect(factory.destroyed).toEqual([[0, 1, 2]]);
  await expect(stock.release(things[0])).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path: 'lease',
  });
  expect((await stock.acquire()).id).toBeGreaterThan(2);
  await stock.close();
});

test('a failure reaches who waits, and the next is tried anew', async () => {
  const factory = new CountingFactory();
  factory.failure = () => new Error('the kernel is full');
  const stock = stockOf(factory);
  await turns(); // Nobody asked: nobody is told, and nothing is unhandled.
  await expect(stock.acquire()).rejects.toThrow('the kernel is full');
  factory.failure = undefined;
  expect(await stock.acquire()).toEqual({ id: 0 });
  await turns();
  expect(stock.counts.ready).toBe(4);
  await stock.close();
});

test('where many are not possible, some are made', async () => {
  const factory = new CountingFactory();
  let left = 3;
  factory.failure = (count) => {
    if (count > left) return new Error('no more');
    left -= count;
    return undefined;
  };
  const stock = stockOf(factory, { size: 100, batch: 64 });
  await turns();
  expect(stock.counts.ready).toBe(3);
  const things = await Promise.all([stock.acquire(), stock.acquire(), stock.acquire()]);
  await expect(stock.acquire()).rejects.toThrow('no more');
  left = 1;
  await stock.release(things[0]);
  expect(await stock.acquire()).toEqual({ id: 3 });
  await stock.close();
});

test('what somebody else took apart is not given out', async () => {
  const factory = new CountingFactory();
  const stock = stockOf(factory);
  await turns();
  const first = await stock.acquire();
  await stock.release(first);
  // Those that stand ready now have the numbers from 1.
  factory.isWhole = ({ id }) => id !== 1 && id !== 2;
  expect(await stock.acquire()).toEqual({ id: 3 });
  await stock.close();
});

test('the rate is bounded', async () => {
  const factory = new CountingFactory();
  const stock = stockOf(factory, { size: 1000, batch: 1, perSecond: 0.001 });
  await turns();
  expect(factory.made).toEqual([1]);
  // Closing does not wait for the next turn, which would be in minutes.
  await stock.close();
  expect(factory.destroyed).toEqual([[0]]);
});

test('one that is busy is told to who released it alone, and can be released again', async () => {
  const factory = new CountingFactory();
  const stock = stockOf(factory);
  const [busy, killed, idle] = await Promise.all([stock.acquire(), stock.acquire(), stock.acquire()]);
  factory.busy.add(busy).add(killed);
  const ends = await Promise.allSettled([
    stock.release(busy),
    stock.release(killed, true),
    stock.release(idle),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(factory.killed).toEqual([killed.id]);
  await stock.release(busy);
  await expect(stock.release(busy)).rejects.toMatchObject({ path: 'lease' });
  await stock.close();
});

test('closing destroys what is ready and what is lent, and sends the others away', async () => {
  const factory = new CountingFactory();
  const stock = stockOf(factory, { size: 2 });
  const lent = await stock.acquire();
  await turns();
  const open = gate(factory);
  await stock.acquire();
  await stock.acquire();
  const waiting = stock.acquire();
  const closing = stock.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  open();
  await closing;
  expect(factory.destroyed.flat().sort((a, b) => a - b)).toEqual(
    Array.from({ length: factory.made.reduce((sum, count) => sum + count, 0) }, (_, id) => id),
  );
  await stock.release(lent);
  await expect(stock.acquire()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await stock.close();
});
