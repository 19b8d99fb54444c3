import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Database } from '../../../src/openvswitch/database';

interface Call {
  readonly id: number;
  readonly method?: string;
  readonly params: readonly unknown[];
}

/** What the server writes in answer to a call, as one packet. */
type Answers = (call: Call) => string;

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ovsdb-'));
const heard: Call[] = [];
let server: net.Server;
let count = 0;

afterEach(async () => {
  server.close();
  await once(server, 'close');
  heard.length = 0;
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** A server that stands in for the database; every call of the library's is one packet on a Unix socket. */
async function listen(answer: Answers): Promise<string> {
  const socket = path.join(directory, `${String(count++)}.sock`);
  server = net.createServer((connection) => {
    connection.on('data', (bytes) => {
      const call = JSON.parse(bytes.toString()) as Call;
      heard.push(call);
      const text = answer(call);
      if (text === 'hang up') connection.destroy();
      else connection.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return socket;
}

const reply = ({ id }: Call, result: unknown): string => JSON.stringify({ id, result, error: null });
const row = (cur: number): object => ({ Open_vSwitch: { uuid: { new: { cur_cfg: cur } } } });
const update = (cur: number): string =>
  JSON.stringify({ id: null, method: 'update', params: [null, row(cur)] });

function use<T>(socket: string, work: (database: Database) => Promise<T>, timeoutMs = 10_000): Promise<T> {
  return Database.use({ socket, operation: 'network.attach', timeoutMs }, work);
}

test('a change is done when ovs-vswitchd confirms it, also in the packet that tells how far it was', async () => {
  const socket = await listen((call) =>
    call.method === 'transact'
      ? reply(call, [{ count: 1 }, { rows: [{ next_cfg: 5 }] }])
      : reply(call, row(4)) + update(5),
  );
  await use(socket, async (database) => database.reached(await database.commit([])));
  expect(heard.map(({ method }) => method)).toEqual(['transact', 'monitor']);
});

test('a switch that confirms nothing in time is an error that says so', async () => {
  const socket = await listen((call) => reply(call, row(4)) + update(4));
  await expect(use(socket, (database) => database.reached(5), 100)).rejects.toThrow(
    `network.attach ${socket}: connection timed out (ETIMEDOUT): no answer within 100 ms: is ovs-vswitchd running`,
  );
});

test('a database that goes away is an error', async () => {
  const socket = await listen(() => 'hang up');
  const lost = { code: 'ECONNRESET', operation: 'network.attach', object: socket };
  await expect(use(socket, (database) => database.transact([]))).rejects.toMatchObject(lost);
});

test('a question whether anybody is there is answered', async () => {
  const socket = await listen((call) => {
    const question = JSON.stringify({ id: 'echo', method: 'echo', params: ['there?'] });
    return call.method === 'transact' ? question : reply({ ...call, id: 0 }, []);
  });
  expect(await use(socket, (database) => database.transact([]))).toEqual([]);
  expect(heard[1]).toEqual({ id: 'echo', result: ['there?'], error: null });
});

test.each([
  [[null, { error: 'constraint violation', details: 'rows for index on column "name"' }], 'EEXIST'],
  [[{ error: 'timed out' }], 'ENOENT'],
  [[{}, { error: 'referential integrity violation', details: 'no such row' }], 'EIO'],
])('the refusal %j is %s', async (results, code) => {
  const socket = await listen((call) => reply(call, results));
  await expect(use(socket, (database) => database.transact([]))).rejects.toMatchObject({ code });
});

test('what is no database is told from one', async () => {
  const socket = await listen(() => 'SSH-2.0-{}');
  await expect(use(socket, (database) => database.transact([]))).rejects.toThrow('does not speak OVSDB');
});
