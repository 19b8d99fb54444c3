import type dgram from 'node:dgram';
import { lookupOf } from './lookup-of';
import { within } from '../nsfs/within';
import type { OpenNamespace } from '../nsfs/handle';

/** Options of `dgram.createSocket`. */
export interface DatagramOptions extends dgram.SocketOptions {
  /** Several sockets share the datagrams of one port, if all set this (SO_REUSEPORT). Works on Node.js 20 as well. */
  readonly reusePort?: boolean;
}

export type DatagramType = dgram.SocketType | DatagramOptions;
export type OnMessage = (message: Buffer, from: dgram.RemoteInfo) => void;
type Lookup = NonNullable<dgram.SocketOptions['lookup']>;
export type Place = Pick<dgram.BindOptions, 'address' | 'port'>;

/** The lookup function of a socket. It returns one address unless asked for all. */
export function lookupFor(netns: OpenNamespace, options: DatagramOptions): Lookup {
  return options.lookup ?? (lookupOf(netns) as Lookup);
}

/**
 * A lookup whose callback runs inside: device names, as in 'ff02::1%eth0', refer to the namespace. Node.js sends or
 * connects synchronously in that callback, and does nothing else.
 */
export function bracketed(netns: OpenNamespace, lookup: Lookup): Lookup {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error || !address.includes('%')) callback(error, address, family);
      else callInside(netns, callback, address, family);
    });
  };
}

function callInside(
  netns: OpenNamespace,
  callback: Parameters<Lookup>[2],
  address: string,
  family: number,
): void {
  let entered = false as boolean;
  try {
    within(netns, 'netns.createSocket', () => {
      entered = true;
      callback(null, address, family);
    });
  } catch (error) {
    if (entered) throw error;
    callback(error as Error, address, family);
  }
}

/** The address to bind to, from the overloads of `socket.bind`. */
export function placeOf([first, second]: unknown[]): Place {
  if (typeof first === 'object' && first !== null) {
    const { port, address } = first as Place;
    return { ...(port === undefined ? {} : { port }), ...(address ? { address } : {}) };
  }
  return {
    ...(typeof first === 'number' ? { port: first } : {}),
    ...(typeof second === 'string' && second !== '' ? { address: second } : {}),
  };
}
