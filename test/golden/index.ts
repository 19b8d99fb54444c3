import { bridges } from './bridges';
import { ethtool } from './ethtool';
import { firewall } from './firewall';
import { links } from './links';
import { objects } from './objects';
import { tc } from './tc';
import { tunnels } from './tunnels';

export * from './sample';
export * from './tree';

/** Requests of every family and kind, with the bytes that they must become. */
export const samples = [...links, ...bridges, ...tunnels, ...objects, ...tc, ...firewall, ...ethtool];
