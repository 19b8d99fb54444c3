import os from 'node:os';
import { mapLines, subordinateRanges } from '../../../src/rootless/ids';
import { refusal } from '../../../src/rootless/refusal';

const { EPERM, ENOSPC, EINVAL } = os.constants.errno;

test('ranges are those of the user, by name or by number', () => {
  const text = 'other:100000:65536\nuser:165536:65536\n1000:500000:10\nbroken\nuser:x:y\n\n';
  expect(subordinateRanges(text, 'user', 1000)).toEqual([
    { start: 165536, count: 65536 },
    { start: 500000, count: 10 },
  ]);
  expect(subordinateRanges(text, 'nobody', 65534)).toEqual([]);
  expect(subordinateRanges('', 'user', 1000)).toEqual([]);
  expect(subordinateRanges(text, undefined, 1000)).toEqual([{ start: 500000, count: 10 }]);
});

test('root inside is the caller, and what is set aside follows without a gap', () => {
  expect(mapLines(1000, [])).toEqual([[0, 1000, 1]]);
  const ranges = [
    { start: 100000, count: 65536 },
    { start: 500000, count: 10 },
  ];
  expect(mapLines(1000, ranges)).toEqual([
    [0, 1000, 1],
    [1, 100000, 65536],
    [65537, 500000, 10],
  ]);
});

describe('a refusal names the setting that forbids it', () => {
  const cases: readonly [number, Record<string, string>, RegExp][] = [
    [
      ENOSPC,
      { 'user/max_user_namespaces': '0' },
      /ENOSPC.*user\.max_user_namespaces is 0: raise the limit as root/,
    ],
    [
      ENOSPC,
      { 'user/max_user_namespaces': '9', 'user/max_net_namespaces': '0' },
      /user\.max_net_namespaces is 0/,
    ],
    [ENOSPC, { 'user/max_user_namespaces': '9' }, /user\.max_user_namespaces is 9/],
    [
      EPERM,
      { 'kernel/unprivileged_userns_clone': '0' },
      /EPERM.*kernel\.unprivileged_userns_clone is 0.*as root, set sysctl kernel\.unprivileged_userns_clone=1/,
    ],
    [
      EPERM,
      { 'kernel/apparmor_restrict_unprivileged_userns': '1', 'kernel/unprivileged_userns_clone': '1' },
      /kernel\.apparmor_restrict_unprivileged_userns is 1.*as root, set sysctl kernel\.apparmor_restrict_unprivileged_userns=0/,
    ],
    [EPERM, {}, /security module, the seccomp profile of a container, or a chroot/],
    [EINVAL, {}, /^rootless: invalid argument \(EINVAL\)$/],
  ];
  test.each(cases)('errno %i, %j', (errno, settings, expected) => {
    const error = refusal('unshare', errno, (path) => settings[path]);
    expect(error).toMatchObject({ errno, syscall: 'unshare', operation: 'rootless' });
    expect(error.message).toMatch(expected);
  });
});
