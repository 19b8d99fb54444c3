import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Plan } from '../../../src/plan/plan';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import type { TracedMessage, TracedPlan, TracedStep } from '../../../src/trace/events';
import type { Step } from '../../../src/plan/spec/step';
import { lab, needTools, runChild, runChildBy, scratchHost } from '../../support';

needTools('strace', 'ip');

const [NLM_F_ACK, NLM_F_DUMP, NFT_MSG_GETGEN] = [0x4, 0x300, 0xa10];
/** RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_NEWROUTE and RTM_NEWNEIGH: the watches read at any time. */
const OF_PLANS = [16, 17, 20, 24, 28];

/** What lies between two marks. */
function between(lines: readonly string[], from: string, to: string): string[] {
  const at = (mark: string): number => lines.findIndex((line) => new RegExp(`mark[- ]${mark}\\b`).test(line));
  return lines.slice(at(from) + 1, at(to));
}

/** 'type flags' of each message, sorted. The executor asks for acknowledgements when it packs messages. */
const sorted = (messages: readonly (readonly [number, number])[]): string[] =>
  messages.map(([type, flags]) => `${type} ${flags & ~NLM_F_ACK}`).sort();

function sentBy(strace: readonly string[]): (readonly [number, number])[] {
  const headers = /nlmsg_type=(0x[0-9a-f]+|\d+), nlmsg_flags=(0x[0-9a-f]+|\d+)/g;
  return strace.flatMap((line) =>
    [...line.matchAll(headers)].map(([, type, flags]) => [Number(type), Number(flags)] as const),
  );
}

function sentIn(trace: readonly string[]): (readonly [number, number])[] {
  const sent = / > .* type (\d+) flags (0x[0-9a-f]+)/;
  return trace.flatMap((line) => {
    const [, type, flags] = sent.exec(line) ?? [];
    return type === undefined ? [] : [[Number(type), Number(flags)] as const];
  });
}

test('an attach, a publish and a failure are printed as strace sees them', async () => {
  const { host } = await lab({ named: true });
  const file = path.join(os.tmpdir(), `netloom-trace-${process.pid}`);
  const options = ['-f', '-qq', '-v', '-X', 'raw', '-s', '0', '-o', file];
  const calls = ['-e', 'trace=sendmsg,sendto,?access,?faccessat,?faccessat2'];
  const command = ['env', 'NETLOOM_DEBUG=netlink,plan,step', 'strace', ...options, ...calls];
  const { code, stderr } = await runChildBy(command, 'traced', [host.name ?? '']);
  const strace = fs.readFileSync(file, 'utf8').split('\n');
  fs.rmSync(file);
  expect(code).toBe(0);
  const trace = stderr.split('\n');
  expect(
    trace.filter((line) => !/^(netloom (netlink|plan|step) \d\d:\d\d:\d\d\.\d{3} |mark |$)/.test(line)),
  ).toEqual([]);

  for (const [from, to] of [
    ['attach', 'publish'],
    ['fail', 'list'],
  ] as const) {
    const ofPlans = ([type]: readonly [number, number]): boolean => OF_PLANS.includes(type);
    const seen = sorted(sentBy(between(strace, from, to)).filter(ofPlans));
    expect(seen.length).toBeGreaterThan(2);
    expect(sorted(sentIn(between(trace, from, to)).filter(ofPlans))).toEqual(seen);
  }

  const attach = between(trace, 'attach', 'publish').join('\n');
  expect(attach).toMatch(
    /> #\d+\.\d+ 'switch' net:\[\d+\] link\.add type 16 flags 0x601 \{ ifname: '[^']+', address: .*kind: 'veth'/,
  );
  expect(attach).toMatch(/< #\d+\.\d+ 'switch' net:\[\d+\] link\.add done, \d+\.\d ms/);
  expect(attach).toMatch(/addr\.add .*dev: 'eth0', address: '10\.77\.0\.2\/24'/);
  expect(attach).toMatch(/netloom plan .* #\d+ begin\n[^]*netloom plan .* #\d+ done: \d+\.\d ms, steps \d+/);

  // The watches of the rules list tables at any time.
  const ofTables = ([type, flags]: readonly [number, number]): boolean =>
    type > 0x100 && type !== NFT_MSG_GETGEN && (flags & NLM_F_DUMP) !== NLM_F_DUMP;
  const publish = between(trace, 'publish', 'fail');
  const seen = sorted(sentBy(between(strace, 'publish', 'fail')).filter(ofTables));
  expect(seen.length).toBeGreaterThan(0);
  expect(sorted(sentIn(publish).filter(ofTables))).toEqual(seen);
  expect(publish.join('\n')).toMatch(
    /nftSetElem\.add .*set: 'published', elements: \[ \{ key: \{ value: <c0000201060000001f900000> \}/,
  );

  const fail = between(trace, 'fail', 'list').join('\n');
  expect(fail).toMatch(/undo read link\.get .*ifname: 'nosuch'/);
  expect(fail).toMatch(/link\.set ENODEV/);
  expect(fail).toMatch(/undo inverse link\.delete .*ifname: 'v0'/);
  expect(fail).toMatch(/netloom step .* link\.add v0 in 'host': undone/);
  expect(fail).toMatch(/netloom plan .* undone: .*NetlinkError: .*ENODEV/);
  expect(between(trace, 'list', 'end').join('\n')).toMatch(
    /< '[^']+' net:\[\d+\] link\.list \{.*ifname: 'lo'/,
  );
});

test('without NETLOOM_DEBUG nothing is printed', async () => {
  const { host } = await lab({ named: true });
  const { code, stderr } = await runChild('traced', [host.name ?? '']);
  expect(code).toBe(0);
  expect(stderr.split('\n').filter((line) => !/^(mark |$)/.test(line))).toEqual([]);
});

describe('diagnostics channels', () => {
  const seen = { plans: [] as TracedPlan[], steps: [] as TracedStep[], messages: [] as TracedMessage[] };
  const listeners = {
    'netloom:plan': (event: unknown) => void seen.plans.push(event as TracedPlan),
    'netloom:step': (event: unknown) => void seen.steps.push(event as TracedStep),
    'netloom:message': (event: unknown) => void seen.messages.push(event as TracedMessage),
  };

  beforeEach(() => {
    for (const list of Object.values(seen)) list.length = 0;
    for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener);
  });
  afterEach(() => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener);
  });

  /** A host whose creation is not among the events. */
  async function tracedHost(): Promise<NetworkNamespace> {
    const host = await scratchHost();
    seen.messages.length = 0;
    return host;
  }

  const veth: Step = {
    ...{ op: 'link.add', netns: 'host' },
    body: { ifname: 'v0', kind: 'veth', peer: { ifname: 'v1', netns: 'other' } },
  };

  test('a plan that succeeds', async () => {
    const host = await tracedHost();
    const steps: Step[] = [{ op: 'netns.create', netns: 'other' }, veth];
    const { namespaces } = await new Plan({ namespaces: { host }, steps }).apply();
    const plan = seen.plans[0]?.plan;
    expect(seen.plans).toMatchObject([
      { plan, event: 'begin' },
      { plan, event: 'done', steps: 2 },
    ]);
    expect(seen.steps).toMatchObject([
      { plan, step: 0, op: 'netns.create', netns: 'other', result: 'done' },
      { plan, step: 1, op: 'link.add', netns: 'host', object: 'v0', result: 'done' },
    ]);
    const { ino: inode } = fs.fstatSync(host.fd);
    const common = { plan, step: 1, netns: 'host', inode, protocol: 'route', family: 'link', verb: 'add' };
    expect(seen.messages).toMatchObject([
      {
        ...{ ...common, direction: 'sent', kind: 'request', type: 16 },
        body: { ifname: 'v0', kind: 'veth', data: { peer: { ifname: 'v1', netns: 'other' } } },
      },
      { ...common, direction: 'received', kind: 'done' },
    ]);
    await namespaces['other']?.close();
  });

  test('a plan that fails, with what cannot be undone', async () => {
    const host = await tracedHost();
    await host.rtnl.link.add({ ifname: 'gone', kind: 'veth', peer: { ifname: 'peer' } });
    seen.messages.length = 0;
    const steps: Step[] = [
      { op: 'link.delete', netns: 'host', body: { ifname: 'gone' } },
      { op: 'sysctl', netns: 'host', path: 'net/ipv4/ip_forward', value: '1' },
      { op: 'link.set', netns: 'host', body: { ifname: 'nosuch', up: true } },
    ];
    const error: unknown = await new Plan({ namespaces: { host }, steps })
      .apply()
      .catch((thrown: unknown) => thrown);
    expect(seen.plans).toMatchObject([{ event: 'begin' }, { event: 'undone', steps: 2, error }]);
    expect(seen.steps.map(({ step, result, code }) => ({ step, result, code }))).toEqual([
      { step: 0, result: 'done' },
      { step: 1, result: 'done' },
      { step: 2, result: 'failed', code: 'ENODEV' },
      { step: 1, result: 'undone' },
      { step: 0, result: 'not undone' },
    ]);
    expect(seen.messages.at(-1)).toMatchObject({ kind: 'error', code: 'ENODEV', step: 2 });
  });

  test('requests, lists and events of open sockets', async () => {
    const host = await tracedHost();
    const monitor = host.rtnl.monitor(['link']);
    const first = monitor.next();
    await host.rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'v1' } });
    const [lo] = await host.rtnl.link.list();
    await first;
    await monitor.return?.();
    const kinds = seen.messages.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['request', 'done', 'object', 'event']));
    const list = seen.messages.find((one) => one.kind === 'object' && one.verb === 'list');
    expect(list).toMatchObject({ family: 'link', body: { ifname: lo?.ifname, index: lo?.index } });
    expect(seen.messages.find(({ kind }) => kind === 'event')).toMatchObject({
      ...{ family: 'link', action: 'new', protocol: 'route' },
      body: { ifname: expect.stringMatching(/^v[01]$/) as string, kind: 'veth' },
    });
  });

  test('a step that is rejected before anything is sent', async () => {
    const host = await tracedHost();
    const steps = [{ op: 'link.ad', netns: 'host', body: {} }] as unknown as Step[];
    await expect(new Plan({ namespaces: { host }, steps }).apply()).rejects.toThrow(/operation/);
    expect(seen.plans.map(({ event }) => event)).toEqual(['begin', 'undone']);
    expect(seen.messages).toEqual([]);
  });
});
