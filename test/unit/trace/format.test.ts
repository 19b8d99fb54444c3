import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { lockText, messageText, planText, stepText } from '../../../src/trace/format';

const TIME = Date.UTC(2024, 0, 1, 12, 30, 5) + 42.3;

describe('plans', () => {
  const common = { time: TIME, plan: 3 } as const;

  test('the beginning, the end and a failure', () => {
    expect(planText({ ...common, event: 'begin' })).toBe('12:30:05.042 #3 begin');
    expect(planText({ ...common, event: 'done', steps: 11, durationMs: 4.26 })).toBe(
      '12:30:05.042 #3 done: 4.3 ms, steps 11',
    );
  });

  test('a failure is on one line', () => {
    const error = new Error('first line\nsecond line');
    expect(planText({ ...common, event: 'undone', steps: 1, durationMs: 4, error })).toBe(
      '12:30:05.042 #3 undone: 4.0 ms, steps 1: Error: first line second line',
    );
  });
});

test('steps, with and without a namespace and an error', () => {
  const common = { time: TIME, plan: 3, step: 4 } as const;
  expect(stepText({ ...common, op: 'netns.delete', object: 'old', result: 'done' })).toBe(
    '12:30:05.042 #3.4 netns.delete old: done',
  );
  const step = { ...common, op: 'link.add', object: 'v0', netns: 'web' };
  expect(stepText({ ...step, result: 'failed', code: 'EEXIST' })).toBe(
    "12:30:05.042 #3.4 link.add v0 in 'web': failed EEXIST",
  );
});

test('locks, with the wait and the time that they were held', () => {
  const lock = { time: TIME, directory: '/run/netloom', durationMs: 1.26 } as const;
  expect(lockText({ ...lock, event: 'locked' })).toBe('12:30:05.042 /run/netloom locked: waited 1.3 ms');
  expect(lockText({ ...lock, event: 'released' })).toBe('12:30:05.042 /run/netloom released: held 1.3 ms');
});

describe('messages', () => {
  const place = { time: TIME, protocol: 'route', netns: 'web', inode: 4026531840, plan: 3, step: 4 } as const;
  const request = { ...place, family: 'link', verb: 'add' } as const;

  test('a request, its namespace and its attributes', () => {
    const body = { ifname: 'v0', data: { peer: { ifname: 'v1' } }, raw: Uint8Array.of(1, 255), big: 5n };
    const sent = { ...request, direction: 'sent', kind: 'request', type: 16, flags: 0x601, body } as const;
    expect(messageText(sent)).toBe(
      "12:30:05.042 > #3.4 'web' net:[4026531840] link.add type 16 flags 0x601 " +
        "{ ifname: 'v0', data: { peer: { ifname: 'v1' } }, raw: <01ff>, big: 5n }",
    );
  });

  test('a long body is on one line', () => {
    const body = { list: Array.from({ length: 200 }, (_, index) => ({ name: 'x'.repeat(100), index })) };
    const text = messageText({ ...request, direction: 'received', kind: 'object', body });
    expect(text).not.toContain('\n');
    expect(text).toContain('index: 199');
  });

  test('success, and a refusal with the kernel’s explanation', () => {
    const received = { ...request, direction: 'received', durationMs: 0.5 } as const;
    expect(messageText({ ...received, kind: 'done' })).toMatch(/link\.add done, 0\.5 ms$/);
    const error = { ...received, kind: 'error', code: 'EINVAL', call: 'netlink' } as const;
    expect(messageText({ ...error, text: 'Bad name', path: 'ifname' })).toMatch(
      /link\.add EINVAL: Bad name: at ifname, 0\.5 ms$/,
    );
    expect(messageText({ ...error, call: 'setns', text: '', path: '' })).toMatch(
      /link\.add EINVAL: setns, 0\.5 ms$/,
    );
  });

  test('requests of the undo, and events of a monitor', () => {
    const received = { direction: 'received', kind: 'done', durationMs: 1 } as const;
    expect(messageText({ ...request, ...received, undo: 'inverse' })).toMatch(/undo inverse link\.add done/);
    const event = { time: TIME, protocol: 'route', direction: 'received', kind: 'event' } as const;
    expect(messageText({ ...event, family: 'addr', action: 'delete', body: { dev: 1 } })).toBe(
      '12:30:05.042 < event addr delete { dev: 1 }',
    );
  });
});

describe('NETLOOM_DEBUG', () => {
  const library = path.join(__dirname, '../../../dist/index.js');

  function stderrWith(value: string | undefined): string {
    const env = { ...process.env, NETLOOM_DEBUG: value };
    return spawnSync(process.execPath, ['-e', `require(${JSON.stringify(library)}).Plan`], {
      encoding: 'utf8',
      env,
    }).stderr;
  }

  test.each([undefined, '', 'plan', 'netlink, step', ','])('%p is accepted silently', (value) => {
    expect(stderrWith(value)).toBe('');
  });

  test('an unknown category is refused, and the valid ones are named', () => {
    const text = stderrWith('plan,netlnk,__proto__');
    expect(text).toContain(
      "NETLOOM_DEBUG: unknown category 'netlnk', must be one of plan, step, netlink, lock. Did you mean 'netlink'?",
    );
    expect(text).toContain("unknown category '__proto__'");
    expect(text).not.toContain("'plan'");
  });
});
