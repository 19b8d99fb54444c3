import { ClosedError, NetlinkError, ValidationError } from '../../../src/errors/errors';
import { show, valueAt } from '../../../src/base/format';

const EEXIST = 17;
const ERANGE = 34;

describe('NetlinkError', () => {
  test('says operation, object, meaning, code, and the words of the kernel', () => {
    const failure = { errno: EEXIST, call: 'netlink', text: 'device exists', path: '', request: -1 };
    const error = NetlinkError.of(failure, { operation: 'link.add', object: 'veth0' });
    expect(error.message).toBe('link.add veth0: file already exists (EEXIST): device exists');
    expect(error).toMatchObject({
      name: 'NetlinkError',
      code: 'EEXIST',
      errno: EEXIST,
      operation: 'link.add',
      object: 'veth0',
      extack: 'device exists',
    });
    expect(error).toBeInstanceOf(NetlinkError);
    expect(error).toBeInstanceOf(Error);
  });

  test('has no property for what is not known', () => {
    const failure = { errno: EEXIST, call: 'netlink', text: '', path: '', request: -1 };
    const error = NetlinkError.of(failure, { operation: 'link.add' });
    for (const key of ['object', 'path', 'extack', 'syscall', 'step', 'notUndone']) {
      expect(error).not.toHaveProperty(key);
    }
  });

  test('names the attribute, the system call, the step and what could not be undone', () => {
    const failure = { errno: ERANGE, call: 'setns', text: '', path: 'peer.ifname', request: -1 };
    const place = { operation: 'link.add', object: 'veth0', step: 12, netns: 'red' };
    const error = NetlinkError.of(failure, place, ['step 3 (link.delete br0) cannot be undone']);
    expect(error.message).toBe(
      "step 12 (link.add veth0 in 'red'): result too large (ERANGE): at peer.ifname: " +
        'not undone: step 3 (link.delete br0) cannot be undone',
    );
    expect(error).toMatchObject({ path: 'peer.ifname', syscall: 'setns', step: 12 });
    expect(error.notUndone).toEqual(['step 3 (link.delete br0) cannot be undone']);
  });

  test.each([
    [95, 'EOPNOTSUPP'],
    [11, 'EAGAIN'],
    [54, 'EXFULL'],
    [105, 'ENOBUFS'],
    [524, 'ENOTSUPP'],
    [9999, 'E9999'],
  ])('errno %i is %s', (errno, code) => {
    expect(new NetlinkError({ errno, operation: 'x' }).code).toBe(code);
  });
});

describe('ValidationError', () => {
  test('names field, value and remedy', () => {
    const error = new ValidationError({
      operation: 'link.add',
      path: 'peer.ifname',
      value: 'abcdefghijklmnopq',
      problem: 'must be at most 15 bytes',
    });
    expect(error.message).toBe("link.add: peer.ifname: must be at most 15 bytes, got 'abcdefghijklmnopq'");
    expect(error).toMatchObject({ code: 'ERR_VALIDATION', path: 'peer.ifname', operation: 'link.add' });
  });

  test('does not repeat a value that the problem tells already', () => {
    const error = new ValidationError({ path: 'mtu', value: -1, problem: 'must be 0 to 10, got -1' });
    expect(error.message).toBe('mtu: must be 0 to 10, got -1');
  });

  test('can be told of a step', () => {
    const error = new ValidationError({ path: 'mtu', value: 'x', problem: 'must be a number' });
    const placed = error.at({ operation: 'link.add', object: 'veth0', step: 3, netns: 'red' });
    expect(placed.message).toBe("step 3 (link.add veth0 in 'red'): mtu: must be a number, got 'x'");
    expect(placed.step).toBe(3);
  });
});

test('ClosedError says what helps', () => {
  expect(new ClosedError('this Rtnl')).toMatchObject({
    code: 'ERR_CLOSED',
    message: 'this Rtnl is closed: open it again before use',
  });
});

test('show is one short line', () => {
  expect(show({ a: { b: { c: 1 } } })).toBe('{ a: { b: [Object] } }');
  expect(show('x'.repeat(1000)).length).toBeLessThanOrEqual(200);
  expect(show(12n)).toBe('12n');
});

test('valueAt follows properties and elements', () => {
  const body = { peer: { ifname: 'x' }, multipath: [{ via: 'a' }, { via: 'b' }] };
  expect(valueAt(body, 'peer.ifname')).toBe('x');
  expect(valueAt(body, 'multipath[1].via')).toBe('b');
  expect(valueAt(body, 'peer.mtu.x')).toBeUndefined();
});
