import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { currentOwner, isAlive } from '../../../../src/network/journal/liveness';
import { stateDirectory } from '../../../../src/network/journal/files/paths';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync('/dev/shm/netloom-owner-');
  process.env['NETLOOM_STATE_DIRECTORY'] = directory;
});
afterEach(() => {
  delete process.env['NETLOOM_STATE_DIRECTORY'];
  fs.rmSync(directory, { recursive: true, force: true });
});

test('this process lives, and shows it by no file', () => {
  const owner = currentOwner();
  expect(owner.life?.place).toBeDefined();
  expect(isAlive(owner)).toBe(true);
  expect(fs.readdirSync(directory)).toEqual([]);
});

test('death takes a proof', async () => {
  const owner = currentOwner();
  const child = spawn('true');
  await once(child, 'exit');
  const free = { ...owner, pid: child.pid ?? 0 };
  const elsewhere = { ...free, pidNamespace: '1' };
  const ended = { byte: 1, place: owner.life?.place ?? '' };
  // What is known of it: a free id, another start, another boot, a sign of life that is no more.
  expect(isAlive(free)).toBe(false);
  expect(isAlive({ ...owner, startTime: '1' })).toBe(false);
  expect(isAlive({ ...owner, bootId: 'another' })).toBe(false);
  expect(isAlive({ ...elsewhere, life: ended })).toBe(false);
  expect(isAlive({ ...owner, life: ended })).toBe(false);
  // Nothing is known of it: another PID namespace, an unknown one, a sign in a directory that was replaced.
  expect(isAlive(elsewhere)).toBe(true);
  expect(isAlive({ ...elsewhere, startTime: '', pidNamespace: '' })).toBe(true);
  expect(isAlive({ ...elsewhere, life: { ...ended, place: '1:1' } })).toBe(true);
  fs.rmSync(directory, { recursive: true });
  expect(isAlive({ ...elsewhere, life: ended })).toBe(true);
});

test('the liveness lock is taken anew in a directory that replaced another', () => {
  const before = currentOwner();
  fs.renameSync(directory, `${directory}.old`);
  fs.mkdirSync(directory);
  try {
    const after = currentOwner();
    expect(after.life?.place).not.toBe(before.life?.place);
    expect(isAlive(after)).toBe(true);
    expect(isAlive(before)).toBe(true);
  } finally {
    fs.rmSync(`${directory}.old`, { recursive: true });
  }
});

describe('the state directory', () => {
  const given = { ...process.env };
  afterEach(() => {
    process.env = { ...given };
  });

  test.each([
    [{}, '/run/netloom'],
    [{ RUNTIME_DIRECTORY: '' }, '/run/netloom'],
    [{ RUNTIME_DIRECTORY: '/run/web' }, '/run/web/netloom'],
    [{ RUNTIME_DIRECTORY: '/run/netloom' }, '/run/netloom'],
    [{ RUNTIME_DIRECTORY: '/run/a:/run/b' }, '/run/a/netloom'],
    [{ RUNTIME_DIRECTORY: '/run/web', NETLOOM_STATE_DIRECTORY: '/var/x/' }, '/var/x'],
  ])('%j', (env, expected) => {
    process.env = { ...given, ...env };
    if (!('NETLOOM_STATE_DIRECTORY' in env)) delete process.env['NETLOOM_STATE_DIRECTORY'];
    expect(stateDirectory()).toBe(expected);
  });

  test.each(['NETLOOM_STATE_DIRECTORY', 'RUNTIME_DIRECTORY'])('%s must be an absolute path', (name) => {
    process.env = { ...given, [name]: 'run/web' };
    if (name === 'RUNTIME_DIRECTORY') delete process.env['NETLOOM_STATE_DIRECTORY'];
    expect(() => stateDirectory()).toThrow(`${name}: must be an absolute path`);
  });
});
