import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { machineSnapshot, needTools, runChild, tool } from '../../support';

needTools('openssl', 'nsenter', 'ss', 'bash');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-'));

beforeAll(async () => {
  await tool('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...[
      '-keyout',
      path.join(directory, 'key.pem'),
      '-out',
      path.join(directory, 'cert.pem'),
      '-subj',
      '/CN=test',
    ],
  ]);
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

interface Said {
  /** What `ss` saw; nothing where looking would end the state. */
  readonly before: { readonly near?: Readonly<Record<string, number>> };
  readonly outcomes: readonly string[];
  readonly handles: readonly string[];
}

/** Runs the program to its own end, which it must come to without help. */
async function bring(first: 'near' | 'far', count: number, states: readonly string[]): Promise<Said> {
  const { code, signal, stdout, stderr } = await runChild('connection-states', [
    first,
    String(count),
    directory,
    ...states,
  ]);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout) as Said;
}

/** Each state, and what `ss` says of the near side of five connections before the delete. */
const states: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  established: { 'tcp ESTAB': 5 },
  unread: { 'tcp ESTAB': 5 },
  writing: { 'tcp ESTAB': 5 },
  endedNow: {},
  endedBehindData: { 'tcp ESTAB': 5 },
  halfClosed: {},
  closeWait: { 'tcp CLOSE-WAIT': 5 },
  timeWait: { 'tcp TIME-WAIT': 5 },
  connecting: { 'tcp SYN-SENT': 5 },
  looksUp: {},
  keepAlive: { 'tcp ESTAB': 5 },
  noAgentKept: {},
  unansweredHttp: {},
  halfAnAnswer: { 'tcp ESTAB': 5 },
  upgraded: { 'tcp ESTAB': 5 },
  fetched: { 'tcp ESTAB': 5 },
  http2: { 'tcp ESTAB': 5 },
  http2Closing: {},
  tls: { 'tcp ESTAB': 5 },
  tlsEnded: {},
  datagrams: { 'udp UNCONN': 10 },
  unix: { 'u_str LISTEN': 1, 'u_str ESTAB': 10 },
  monitors: {},
  finWait1: { 'tcp FIN-WAIT-1': 5 },
  finWait1Closed: { 'tcp FIN-WAIT-1': 5 },
  lastAck: { 'tcp LAST-ACK': 5 },
  closing: { 'tcp FIN-WAIT-1': 5 },
  starting: {},
  backlog: {},
};

test.each(Object.keys(states))('delete copes with connections of the state %s', async (state) => {
  const before = machineSnapshot();
  const said = await bring('near', 5, [state]);
  expect(said).toMatchObject({ outcomes: ['gone', 'gone'], handles: [] });
  if (said.before.near) expect(said.before.near).toMatchObject(states[state]!);
  expect(machineSnapshot()).toEqual(before);
});

test.each(['near', 'far'] as const)('fifty of each state at once, the %s side first', async (first) => {
  const before = machineSnapshot();
  const said = await bring(first, 50, Object.keys(states));
  expect(said).toMatchObject({ outcomes: ['gone', 'gone'], handles: [] });
  expect(machineSnapshot()).toEqual(before);
});
