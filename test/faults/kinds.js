'use strict';
// The kinds of calls, the errors that each may answer by its manual page, and the faults that follow from a count of calls.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const header = fs.readFileSync(path.join(__dirname, 'kinds.h'), 'utf8');
/** In the order of the injector's enumeration. */
const KINDS = [...header.matchAll(/^ {2}k(\w+),$/gm)].map(
  ([, name]) => name[0].toLowerCase() + name.slice(1),
);
/** In the order of the injector's `enum Action`. */
const ACTIONS = ['fail', 'delay', 'lose', 'killBefore', 'killAfter'];

const ERRORS = {
  sendmsg: ['ENOBUFS', 'ENOMEM', 'EINTR'],
  recvmsg: ['ENOBUFS', 'ENOMEM', 'EINTR'],
  socket: ['EMFILE', 'ENOMEM'],
  bind: ['ENOMEM', 'EADDRINUSE'],
  listen: ['EADDRINUSE'],
  connect: ['ENOBUFS', 'EINTR'],
  setsockopt: ['ENOMEM'],
  getsockopt: ['ENOMEM'],
  getsockname: ['ENOBUFS'],
  setns: ['ENOMEM'],
  unshare: ['ENOSPC', 'ENOMEM'],
  mount: ['ENOSPC', 'EPERM'],
  umount: ['EBUSY', 'EPERM'],
  open: ['EMFILE', 'EACCES', 'EINTR'],
  mkdir: ['ENOSPC', 'EROFS'],
  unlink: ['EROFS', 'EBUSY'],
  rmdir: ['EBUSY'],
  rename: ['ENOSPC', 'EROFS'],
  flock: ['ENOLCK', 'EINTR'],
  write: ['ENOSPC', 'EIO', 'EINTR'],
  read: ['EIO', 'EINTR'],
  fsync: ['EIO'],
  statfs: ['EIO'],
  stat: ['EIO'],
  readdir: ['EMFILE'],
  readlink: ['EIO'],
  poll: ['EINTR', 'ENOMEM'],
  epollCtl: ['ENOMEM'],
  epollCreate: ['EMFILE'],
  epollWait: ['EINTR'],
  eventfd: ['EMFILE'],
  getrandom: ['EINTR'],
  ioctl: ['ENOMEM'],
  pthreadCreate: ['EAGAIN'],
  fork: ['EAGAIN'],
  exec: ['ENOMEM', 'EACCES'],
};

/**
 * What may be done although the caller is told that it failed. A netlink request is done and its answer lost in recvmsg;
 * a call that hands out a descriptor would lose the descriptor as well, which no caller could mend.
 */
const LOST_ANSWERS = {
  recvmsg: 'ENOBUFS',
  mount: 'ENOMEM',
  umount: 'ENOMEM',
  mkdir: 'EIO',
  unlink: 'EIO',
  rmdir: 'EIO',
  rename: 'EIO',
  flock: 'ENOLCK',
  write: 'EIO',
  fsync: 'EIO',
  exec: 'EIO',
};

/** Every fault of an operation, by how many calls of each kind it makes, in a fixed order: kills last, by counts of their own. */
function faultsOf(counts, countsForKills) {
  const faults = [...each(counts)].flatMap(({ kind, nth }) => [
    ...ERRORS[kind].map((error) => ({ kind, nth, action: 'fail', error })),
    { kind, nth, action: 'delay' },
    ...(kind in LOST_ANSWERS ? [{ kind, nth, action: 'lose', error: LOST_ANSWERS[kind] }] : []),
  ]);
  const kills = [...each(countsForKills)].flatMap((call) =>
    ['killBefore', 'killAfter'].map((action) => ({ ...call, action })),
  );
  return [...faults, ...kills];
}

function* each(counts) {
  for (const kind of KINDS) for (let nth = 1; nth <= (counts[kind] ?? 0); nth++) yield { kind, nth };
}

function isKill({ action }) {
  return action.startsWith('kill');
}

/** 'sendmsg#3 fail ENOBUFS': what --fault takes. */
function nameOf({ kind, nth, action, error }) {
  return [`${kind}#${nth}`, action, ...(error === undefined ? [] : [error])].join(' ');
}

function parseFault(text) {
  const match = /^(\w+)#(\d+) (\w+)(?: (\w+))?$/.exec(text);
  if (match === null || !KINDS.includes(match[1]) || !ACTIONS.includes(match[3]))
    throw new Error(`A fault is written as 'sendmsg#3 fail ENOBUFS', got '${text}'`);
  const [, kind, nth, action, error] = match;
  return { kind, nth: Number(nth), action, ...(error !== undefined && { error }) };
}

/** The numbers that the injector wants. */
function numbersOf({ kind, nth, action, error }) {
  return {
    kind: KINDS.indexOf(kind),
    nth,
    action: ACTIONS.indexOf(action),
    error: error === undefined ? 0 : os.constants.errno[error],
  };
}

module.exports = { KINDS, faultsOf, isKill, nameOf, numbersOf, parseFault };
