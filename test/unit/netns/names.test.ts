import { ClosedError } from '../../../src/errors/errors';
import { checkName } from '../../../src/nsfs/name';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { pathOf } from '../../../src/nsfs/open';
import { settingsOf } from '../../../src/nsfs/options';
import { refusal } from '../../support/failures';

describe('names', () => {
  test.each(['red', 'a', '0', 'node-1', 'a.b_c', 'x'.repeat(255)])('%p is taken', (name) => {
    expect(() => checkName(name, 'netns.create')).not.toThrow();
  });

  test.each([
    ['', 'must not be empty'],
    ['x'.repeat(256), 'at most 255 bytes'],
    ['../red', 'must start with'],
    ['a/b', 'must start with'],
    ['a..b', 'must not contain ".."'],
    ['.', 'must start with'],
    ['..', 'must start with'],
    ['-x', 'must start with'],
    ['veth%d', 'must start with'],
    ['a b', 'must start with'],
    ['a\nb', 'must start with'],
    ['a\n', 'must start with'],
    ['a\0b', 'must start with'],
    ['é', 'must start with'],
    [7, 'must be a string'],
    [null, 'must be a string'],
  ])('%p is refused', (name, problem) => {
    const error = refusal(() => checkName(name, 'netns.create'));
    expect(error).toMatchObject({
      code: 'ERR_VALIDATION',
      path: 'name',
      value: name,
      operation: 'netns.create',
    });
    expect(error.message).toContain('netns.create: name: ');
    expect(error.message).toContain(problem);
  });

  test.each(['', '.', '..', 'a/b', '/etc/passwd', 'a\0b', 'x'.repeat(256)])(
    '%p is no name to open',
    (name) => {
      expect(refusal(() => pathOf(name, 'netns.open'))).toMatchObject({ path: 'ref', value: name });
    },
  );

  test.each(['_router', 'qvpn:1', 'a b', 'ünï', '-x', 'veth%d', 'a..b'])('%p of another tool is', (name) => {
    expect(pathOf(name, 'netns.open')).toBe(`/run/netns/${name}`);
  });

  test('create, createMany and open refuse before anything happens', async () => {
    await expect(NetworkNamespace.create('../etc')).rejects.toMatchObject({
      code: 'ERR_VALIDATION',
      path: 'name',
    });
    await expect(NetworkNamespace.createMany(['ok', 'a/b'])).rejects.toMatchObject({ path: 'names[1]' });
    await expect(NetworkNamespace.createMany(['a', 'b', 'a'])).rejects.toMatchObject({
      path: 'names[2]',
      value: 'a',
    });
    await expect(NetworkNamespace.createMany(-1)).rejects.toMatchObject({ path: 'namesOrCount', value: -1 });
    await expect(NetworkNamespace.createMany(1.5)).rejects.toMatchObject({ path: 'namesOrCount' });
    await expect(NetworkNamespace.open('../1/ns/net')).rejects.toMatchObject({ code: 'ERR_VALIDATION' });
    await expect(NetworkNamespace.createMany(0)).resolves.toEqual([]);
  });
});

describe('places', () => {
  test.each([
    ['red', '/run/netns/red'],
    [{ pid: 12 }, '/proc/12/ns/net'],
    [{ fd: 3 }, '/proc/self/fd/3'],
    [{ path: '/proc/1/ns/net' }, '/proc/1/ns/net'],
  ])('%p is %p', (location, path) => {
    expect(pathOf(location, 'netns.open')).toBe(path);
  });

  test.each([{ pid: -1 }, { pid: 1.5 }, { fd: '3' }, { path: '' }, {}, null, 7])('%p is none', (location) => {
    const error = refusal(() => pathOf(location as never, 'netns.open'));
    expect(error).toMatchObject({ path: 'ref', operation: 'netns.open' });
  });
});

describe('options', () => {
  test('become settings, in order', () => {
    const settings = settingsOf(
      { ipv6: false, sysctls: { 'net.ipv4.ip_forward': 1, 'net/ipv4/conf/eth0.5/forwarding': '0' } },
      'netns.create',
    );
    expect(settings).toEqual([
      { path: 'net/ipv6/conf/all/disable_ipv6', value: '1' },
      { path: 'net/ipv4/ip_forward', value: '1' },
      { path: 'net/ipv4/conf/eth0.5/forwarding', value: '0' },
    ]);
  });

  test.each([
    [{ ipv5: true }, 'ipv5'],
    [{ ipv6: 'no' }, 'ipv6'],
    [{ sysctls: [] }, 'sysctls'],
    [{ sysctls: { 'kernel.hostname': 'x' } }, "sysctls['kernel.hostname']"],
    [{ sysctls: { 'net/../kernel/hostname': 'x' } }, "sysctls['net/../kernel/hostname']"],
    [{ sysctls: { 'net.ipv4.ip_forward': Number.NaN } }, "sysctls['net.ipv4.ip_forward']"],
    [{ sysctls: { 'net.ipv4.ip_forward': true } }, "sysctls['net.ipv4.ip_forward']"],
  ])('%p is refused', (options, path) => {
    expect(refusal(() => settingsOf(options as never, 'netns.create'))).toMatchObject({ path });
  });
});

test('a closed namespace says so, and closing it again is harmless', async () => {
  const ns = await NetworkNamespace.current();
  expect(ns.fd).toBeGreaterThan(2);
  await ns.close();
  await ns.close();
  expect(ns.fd).toBe(-1);
  expect(() => ns.spawn('true')).toThrow(ClosedError);
  expect(() => ns.spawn('true')).toThrow(/anonymous namespace is closed/);
  await expect(ns.exec('true')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await expect(ns.pids()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});
