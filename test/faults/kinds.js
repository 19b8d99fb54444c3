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

/** Every fault of an operation that makes so many calls of each kind, in a fixed order: kills last. */
function faultsOf(counts) {
  const faults = [];
  const kills = [];
  for (const kind of KINDS) {
    for (let nth = 1; nth <= (counts[kind] ?? 0); nth++) {
      for (const error of ERRORS[kind]) faults.push({ kind, nth, action: 'fail', error });
      faults.push({ kind, nth, action: 'delay' });
      if (kind in LOST_ANSWERS) faults.push({ kind, nth, action: 'lose', error: LOST_ANSWERS[kind] });
      for (const action of ['killBefore', 'killAfter']) kills.push({ kind, nth, action });
    }
  }
  return [...faults, ...kills];
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
